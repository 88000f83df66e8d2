# SPDX-License-Identifier: MIT
# What dev is elsewhere, for Windows: powershell -ExecutionPolicy Bypass -File dev.ps1 help
# It needs Visual Studio 2022 or its Build Tools, with C++, and git; the libraries come by vcpkg.
# Windows PowerShell 5.1 is enough.
# No param block: PowerShell would take -R or -V, meant for ctest, for the beginning of a parameter's name.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false # each status is looked at here

$usage = @'
dev.ps1 demo [PRESET]               fetch a local site of 2,000 pages with frond, from nothing
dev.ps1 test [PRESET] [ARG...]      build, and run the tests (ARGs go to ctest, e.g. -R queue)
dev.ps1 build [PRESET]              build only; the program is build\PRESET\bin\frond.exe
dev.ps1 help                        this

Presets: windows-msvc (default), windows-clang-cl (CMakePresets.json).
vcpkg: the checkout that VCPKG_ROOT or VCPKG_INSTALLATION_ROOT names, or one cloned to build\vcpkg.
'@

function Write-Step([string] $Text) {
    Write-Host "dev: $Text"
}

# What a native program prints is for the console, never a function's result.
function Invoke-Native([string] $Program, [string[]] $Arguments) {
    & $Program @Arguments | Out-Host
    if ($LASTEXITCODE -ne 0) {
        throw "$Program $($Arguments -join ' '): status $LASTEXITCODE"
    }
}

function Test-Program([string] $Name) {
    return $null -ne (Get-Command $Name -CommandType Application -ErrorAction SilentlyContinue)
}

# ---- what must be installed ----

function Find-VisualStudio {
    $vswhere = Join-Path ${env:ProgramFiles(x86)} 'Microsoft Visual Studio\Installer\vswhere.exe'
    $path = $null
    if (Test-Path -LiteralPath $vswhere) {
        $path = & $vswhere -latest -products '*' -property installationPath `
            -requires Microsoft.VisualStudio.Component.VC.Tools.x86.x64
        if ($LASTEXITCODE -ne 0) {
            throw "vswhere: status $LASTEXITCODE"
        }
    }
    if (-not $path) {
        throw 'no Visual Studio with C++ here; please install Visual Studio 2022 or its Build Tools ' +
            'with "Desktop development with C++"'
    }
    return @($path)[0]
}

# The compiler, CMake and Ninja of Visual Studio, as in its developer's prompt.
function Enter-VisualStudio([string] $Preset) {
    $studio = Find-VisualStudio
    if (-not ((Test-Program 'cl.exe') -and $env:VSCMD_ARG_TGT_ARCH -eq 'x64')) {
        $module = Join-Path $studio 'Common7\Tools\Microsoft.VisualStudio.DevShell.dll'
        Import-Module $module
        Enter-VsDevShell -VsInstallPath $studio -SkipAutomaticLocation `
            -DevCmdArguments '-arch=x64 -host_arch=x64 -no_logo' | Out-Null
    }
    if ($Preset -eq 'windows-clang-cl' -and -not (Test-Program 'clang-cl.exe')) {
        $env:PATH = (Join-Path $studio 'VC\Tools\Llvm\x64\bin') + ';' + $env:PATH
    }
    # The tests that are shell scripts run in git's sh; its folder comes last, for it has a git, too.
    if ((Test-Program 'git.exe') -and -not (Test-Program 'sh.exe')) {
        $git = Split-Path (Split-Path (@(Get-Command 'git.exe' -CommandType Application)[0].Source))
        $env:PATH = $env:PATH + ';' + (Join-Path $git 'bin')
    }
    $needed = @('cl.exe', 'cmake.exe', 'ctest.exe', 'ninja.exe', 'git.exe')
    if ($Preset -eq 'windows-clang-cl') {
        $needed += 'clang-cl.exe'
    }
    foreach ($name in $needed) {
        if (-not (Test-Program $name)) {
            throw "there is no $name; it comes with Visual Studio's C++ tools (CMake, Clang) or git"
        }
    }
}

# Visual Studio has a vcpkg of its own, without ports: it builds nothing whose manifest names no baseline.
function Find-Vcpkg {
    foreach ($folder in @($env:VCPKG_ROOT, $env:VCPKG_INSTALLATION_ROOT)) {
        if ($folder -and (Test-Path -LiteralPath (Join-Path $folder 'ports'))) {
            return $folder
        }
    }
    return Join-Path $PSScriptRoot 'build\vcpkg'
}

function Install-Vcpkg([string] $Folder) {
    if (-not (Test-Path -LiteralPath (Join-Path $Folder 'ports'))) {
        Write-Step "cloning vcpkg to $Folder"
        Invoke-Native 'git' @('clone', '--quiet', '--depth', '1',
            'https://github.com/microsoft/vcpkg', $Folder)
    }
    if (-not (Test-Path -LiteralPath (Join-Path $Folder 'vcpkg.exe'))) {
        Write-Step 'building vcpkg'
        Invoke-Native (Join-Path $Folder 'bootstrap-vcpkg.bat') @('-disableMetrics')
    }
}

function Install-Needed([string] $Preset) {
    $vcpkg = Find-Vcpkg # before Visual Studio's prompt, which sets VCPKG_ROOT to its own
    Enter-VisualStudio $Preset
    Install-Vcpkg $vcpkg
    $env:VCPKG_ROOT = $vcpkg
}

# ---- building ----

function Invoke-Build([string] $Preset, [string[]] $Arguments) {
    Install-Needed $Preset
    Write-Step "configuring $Preset (at first vcpkg builds the libraries, which takes minutes)"
    Invoke-Native 'cmake' @('--preset', $Preset)
    Invoke-Native 'cmake' (@('--build', "build/$Preset") + $Arguments)
}

# Prints "N passed, N failed[, N skipped]" from ctest's own record; how many have failed.  A test
# whose program is missing is among the skipped there; here it has failed.
function Write-Results([string] $Record) {
    $passed = 0
    $skipped = 0
    $total = 0
    if (Test-Path -LiteralPath $Record) {
        $xml = New-Object System.Xml.XmlDocument
        $xml.Load($Record)
        $total = $xml.SelectNodes('//testcase').Count
        $passed = $xml.SelectNodes('//testcase[@status="run"]').Count
        $skipped = $xml.SelectNodes('//testcase[@status="disabled"]').Count +
            $xml.SelectNodes('//testcase/skipped[starts-with(@message, "SKIP_")]').Count
    }
    $failed = $total - $passed - $skipped
    if ($total -eq 0) {
        Write-Step 'no test was run'
        $failed = 1
    }
    $line = "$passed passed, $failed failed"
    if ($skipped -gt 0) {
        $line += ", $skipped skipped"
    }
    Write-Host $line
    return $failed
}

# ---- verbs ----

function Invoke-Demo([string] $Preset) {
    Invoke-Build $Preset @('--target', 'frond_program')
    & (Join-Path $PSScriptRoot 'ci\demo.ps1') -Program (Get-Frond $Preset) | Out-Host
    return $LASTEXITCODE
}

function Get-Frond([string] $Preset) {
    return Join-Path $PSScriptRoot "build\$Preset\bin\frond.exe"
}

function Invoke-Tests([string] $Preset, [string[]] $Arguments) {
    Invoke-Build $Preset @()
    $record = Join-Path $PSScriptRoot "build\$Preset\tests.xml"
    if (Test-Path -LiteralPath $record) {
        Remove-Item -LiteralPath $record
    }
    & ctest --test-dir "build/$Preset" --parallel $env:NUMBER_OF_PROCESSORS --output-on-failure `
        --output-junit $record @Arguments | Out-Host
    $status = $LASTEXITCODE
    $failed = Write-Results $record
    if ($status -eq 0 -and $failed -eq 0) {
        return 0
    }
    return 1
}

# A word that begins with a dash is for ctest.  PowerShell may or may not have taken a "--" away.
function Invoke-Verb([string] $Name, [string[]] $Arguments) {
    $preset = 'windows-msvc'
    if ($Arguments.Count -gt 0 -and -not $Arguments[0].StartsWith('-')) {
        $preset = $Arguments[0]
        $Arguments = @($Arguments | Select-Object -Skip 1)
    }
    if ($Arguments.Count -gt 0 -and $Arguments[0] -eq '--') {
        $Arguments = @($Arguments | Select-Object -Skip 1)
    }
    switch ($Name) {
        'demo' { return Invoke-Demo $preset }
        'test' { return Invoke-Tests $preset $Arguments }
        'build' {
            Invoke-Build $preset @()
            return 0
        }
        { @('help', '-h', '--help') -contains $_ } {
            Write-Host $usage
            return 0
        }
    }
    Write-Host $usage
    throw "there is no verb `"$Name`""
}

$verb = 'help'
$rest = @()
if ($args.Count -gt 0) {
    $verb = $args[0]
    $rest = @($args | Select-Object -Skip 1)
}
Push-Location -LiteralPath $PSScriptRoot
try {
    $status = Invoke-Verb $verb $rest
} catch {
    [Console]::Error.WriteLine("dev: $($_.Exception.Message)")
    $status = 1
} finally {
    Pop-Location
}
exit $status
