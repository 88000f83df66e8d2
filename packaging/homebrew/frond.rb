# SPDX-License-Identifier: MIT
# There is no release to name yet: it builds the last commit of main in the tree it lies in, or, since
# Homebrew wants a formula to be in a tap, of the tree that HOMEBREW_FROND_TREE names.
class Frond < Formula
  desc "Green sockets for C, and a program that fetches many URLs at once"
  tree = ENV.fetch("HOMEBREW_FROND_TREE") { File.expand_path("../..", __dir__) }
  homepage "file://#{tree}/README.md"
  license "MIT"
  head "file://#{tree}", using: :git, branch: "main"

  depends_on "cmake" => :build
  depends_on "pkgconf" => [:build, :test]
  depends_on "c-ares"
  depends_on "libidn2"
  depends_on "libuv"
  depends_on "openssl@3"

  uses_from_macos "zlib"

  def install
    args = %W[
      -DBUILD_SHARED_LIBS=ON
      -DCMAKE_INSTALL_RPATH=#{rpath}
      -DFROND_TESTS=OFF
      -DFROND_BENCH=OFF
      -DFROND_EXAMPLES=OFF
    ]
    system "cmake", "-S", ".", "-B", "build", *args, *std_cmake_args
    system "cmake", "--build", "build"
    system "cmake", "--install", "build"
  end

  test do
    port = free_port
    site = fork { exec bin/"frond", "serve", "--http", port.to_s, "--pages", "10" }
    begin
      sleep 2
      summary = shell_output("#{bin}/frond fetch http://127.0.0.1:#{port}/page/1 2>&1")
      assert_match "1 urls, 1 ok, 0 failed", summary
    ensure
      Process.kill("INT", site)
      Process.wait(site)
    end

    (testpath/"use.c").write <<~C
      #include <frond/frond.h>
      static void *answer(void *out) { *(int *)out = 42; return NULL; }
      int main(void) {
        int n = 0;
        frond_greenlet *g = frond_spawn(answer, &n);
        frond_join(g, FROND_NEVER);
        frond_release(g);
        return n == 42 ? 0 : 1;
      }
    C
    flags = shell_output("pkgconf --cflags --libs frond").split
    system ENV.cc, "use.c", "-o", "use", *flags
    system "./use"
  end
end
