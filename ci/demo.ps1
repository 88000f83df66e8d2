# SPDX-License-Identifier: MIT
# demo.ps1 -Program FILE: what demo.sh does, for Windows.  A site with HTTP, HTTPS under a CA of its own,
# and a name server of its own; two worker processes fetch its pages by name, over both.  Its last line
# is "demo: N urls, N ok, 0 failed".
param([Parameter(Mandatory = $true)] [string] $Program)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

$pages = 1200

function Start-Site([string] $Folder) {
    $arguments = "serve --http 0 --https 0 --dns 0 --pages $pages --ca-dir `"$Folder`""
    return Start-Process -FilePath $Program -ArgumentList $arguments -NoNewWindow -PassThru `
        -RedirectStandardOutput (Join-Path $Folder 'site')
}

# The one line of JSON that the site prints when it listens.
function Wait-Site([System.Diagnostics.Process] $Server, [string] $Folder) {
    $file = Join-Path $Folder 'site'
    for ($i = 0; $i -lt 100 -and -not $Server.HasExited; $i++) {
        $line = Get-Content -LiteralPath $file -TotalCount 1 -ErrorAction SilentlyContinue
        if ($line -and $line.EndsWith('}')) {
            return $line | ConvertFrom-Json
        }
        Start-Sleep -Milliseconds 100
    }
    throw 'frond serve does not say where it listens'
}

function Write-Urls($Site, [string] $File) {
    $urls = for ($i = 1; $i -le $pages; $i++) {
        "http://www.frond.test:$($Site.http)/page/$i"
        "https://secure.frond.test:$($Site.https)/page/$i"
    }
    [System.IO.File]::WriteAllText($File, ($urls -join "`n") + "`n")
}

function Write-Row([string] $Format, [object[]] $Values) {
    $invariant = [System.Globalization.CultureInfo]::InvariantCulture
    Write-Host ([string]::Format($invariant, $Format, $Values))
}

function Write-Summary([object[]] $Results) {
    $urls = 0
    $well = 0
    Write-Host ''
    Write-Row '{0,-8} {1,7} {2,7} {3,12} {4,10} {5,9}' @('', 'urls', 'ok', 'bytes', 'mean ms', 'kept')
    foreach ($scheme in @('http', 'https')) {
        $part = @($Results | Where-Object { $_.url.StartsWith("${scheme}:") })
        if ($part.Count -eq 0) {
            continue
        }
        $ok = @($part | Where-Object { $_.status -eq 200 }).Count
        $reused = @($part | Where-Object { $_.reused }).Count
        $bytes = ($part | Measure-Object -Property bytes -Sum).Sum
        $mean = ($part | Measure-Object -Property total_ms -Average).Average
        Write-Row '{0,-8} {1,7} {2,7} {3,12} {4,10:F2} {5,8:F0}%' @(
            $scheme, $part.Count, $ok, $bytes, $mean, (100 * $reused / $part.Count))
        $urls += $part.Count
        $well += $ok
    }
    $workers = @($Results | Select-Object -ExpandProperty pid -Unique).Count
    Write-Host "$workers worker processes"
    Write-Host "demo: $urls urls, $well ok, $($urls - $well) failed"
}

$work = Join-Path ([System.IO.Path]::GetTempPath()) ('frond-demo.' + [Guid]::NewGuid().ToString('N'))
New-Item -ItemType Directory -Path $work | Out-Null
$server = $null
$status = 1
try {
    $server = Start-Site $work
    $site = Wait-Site $server $work
    Write-Host "The site: http://www.frond.test:$($site.http)/ and https://secure.frond.test:$($site.https)/,"
    Write-Host "names from 127.0.0.1:$($site.dns), certificates by $(Split-Path -Leaf $site.ca)"

    $list = Join-Path $work 'urls'
    Write-Urls $site $list
    Write-Host ("frond fetch -j 2 -c 64 --nameserver 127.0.0.1:$($site.dns) --cacert CA --progress " +
        '--json -i URLS')
    $lines = @(& $Program fetch -j 2 -c 64 --nameserver "127.0.0.1:$($site.dns)" `
            --cacert $site.ca --progress --json -i $list)
    $status = $LASTEXITCODE
    Write-Summary @($lines | ForEach-Object { ConvertFrom-Json $_ })
} finally {
    if ($server -and -not $server.HasExited) {
        $server.Kill()
        $server.WaitForExit()
    }
    Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction SilentlyContinue
}
exit $status
