/* SPDX-License-Identifier: MIT */
/* Trust stores that are files.  OpenSSL's own paths come first; one that was linked
 * statically, or moved, carries the paths of the machine it was built on, so the usual places are
 * tried when those hold nothing, unless a variable of the environment says where to look. */
#include "settings.h"

#include <dirent.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Alpine, Arch */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Fedora, RHEL */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* older Fedora, RHEL */
    "/etc/ssl/ca-bundle.pem",                            /* SUSE */
    "/etc/ssl/cert.pem",                                 /* macOS, Alpine */
    "/opt/homebrew/etc/openssl@3/cert.pem",              /* Homebrew on arm64 */
    "/usr/local/etc/openssl@3/cert.pem",                 /* Homebrew on x86-64 */
};

static bool directory_has_files(const char *path) {
    DIR *d = opendir(path);
    bool found = false;
    struct dirent *entry;
    while (d && !found && (entry = readdir(d)))
        found = entry->d_name[0] != '.';
    if (d)
        closedir(d);
    return found;
}

static bool openssl_paths_hold_any(void) {
    return access(X509_get_default_cert_file(), R_OK) == 0 ||
           directory_has_files(X509_get_default_cert_dir());
}

static bool environment_names_any(void) {
    return getenv(X509_get_default_cert_file_env()) ||
           getenv(X509_get_default_cert_dir_env());
}

int frond__tls_trust_files(SSL_CTX *ssl) {
    int ok = SSL_CTX_set_default_verify_paths(ssl);
    if (environment_names_any() || openssl_paths_hold_any())
        return ok;
    for (size_t i = 0; i < sizeof bundles / sizeof bundles[0]; i++)
        if (access(bundles[i], R_OK) == 0)
            return SSL_CTX_load_verify_file(ssl, bundles[i]);
    return ok; /* nothing is trusted: each handshake will say so */
}
