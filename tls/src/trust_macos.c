/* SPDX-License-Identifier: MIT */
/* The system's trust store where it is macOS's keychains: Apple's roots, with what the user and the
 * machine's administrator have added to them or taken away, in this order.  A setting that holds for one
 * program or one host name, or for something else than TLS servers, is none for us.  The files that the
 * usual variables name come instead of all this; so do files in a forked child, whom the system's
 * libraries refuse to serve. */
#include "settings.h"

#include <CoreFoundation/CoreFoundation.h>
#include <Security/Security.h>
#include <frond/fork.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>

typedef enum { UNSAID, TRUSTED, DENIED } verdict;

/* The first that says something counts. */
static const SecTrustSettingsDomain domains[] = {kSecTrustSettingsDomainUser,
                                                 kSecTrustSettingsDomainAdmin};
enum { DOMAINS = sizeof domains / sizeof domains[0] };

static bool is_tls_policy(CFTypeRef value) {
    if (CFGetTypeID(value) != SecPolicyGetTypeID())
        return false;
    CFDictionaryRef properties = SecPolicyCopyProperties((SecPolicyRef)(uintptr_t)value);
    if (!properties)
        return false;
    CFTypeRef oid = CFDictionaryGetValue(properties, kSecPolicyOid);
    bool is_tls = oid && CFEqual(oid, kSecPolicyAppleSSL);
    CFRelease(properties);
    return is_tls;
}

static bool number_of(CFDictionaryRef setting, CFStringRef key, SInt32 *out) {
    CFTypeRef value = CFDictionaryGetValue(setting, key);
    return value && CFGetTypeID(value) == CFNumberGetTypeID() &&
           CFNumberGetValue((CFNumberRef)value, kCFNumberSInt32Type, out);
}

static bool is_for_us(CFDictionaryRef setting) {
    SInt32 usage = 0;
    CFTypeRef policy = CFDictionaryGetValue(setting, kSecTrustSettingsPolicy);
    if (CFDictionaryContainsKey(setting, kSecTrustSettingsPolicyString) ||
        CFDictionaryContainsKey(setting, kSecTrustSettingsApplication))
        return false;
    if (number_of(setting, kSecTrustSettingsKeyUsage, &usage) &&
        !((uint32_t)usage & (uint32_t)kSecTrustSettingsKeyUseSignCert))
        return false;
    return !policy || is_tls_policy(policy);
}

static verdict setting_says(CFDictionaryRef setting) {
    SInt32 result = kSecTrustSettingsResultTrustRoot; /* without a result it means this */
    if (!is_for_us(setting))
        return UNSAID;
    (void)number_of(setting, kSecTrustSettingsResult, &result);
    switch (result) {
    case kSecTrustSettingsResultTrustRoot:
    case kSecTrustSettingsResultTrustAsRoot:
        return TRUSTED;
    case kSecTrustSettingsResultDeny:
        return DENIED;
    default:
        return UNSAID;
    }
}

static verdict domain_says(SecTrustSettingsDomain domain, SecCertificateRef certificate) {
    CFArrayRef settings = NULL;
    if (SecTrustSettingsCopyTrustSettings(certificate, domain, &settings) !=
            errSecSuccess ||
        !settings)
        return UNSAID;
    CFIndex n = CFArrayGetCount(settings);
    verdict says = n == 0 ? TRUSTED : UNSAID; /* no condition at all */
    for (CFIndex i = 0; i < n && says == UNSAID; i++) {
        CFTypeRef setting = CFArrayGetValueAtIndex(settings, i);
        if (CFGetTypeID(setting) == CFDictionaryGetTypeID())
            says = setting_says((CFDictionaryRef)setting);
    }
    CFRelease(settings);
    return says;
}

static verdict all_say(SecCertificateRef certificate) {
    verdict says = UNSAID;
    for (size_t i = 0; i < DOMAINS && says == UNSAID; i++)
        says = domain_says(domains[i], certificate);
    return says;
}

/* 1 when it is in the store now. */
static int add(X509_STORE *store, SecCertificateRef certificate) {
    CFDataRef data = SecCertificateCopyData(certificate);
    if (!data)
        return 0;
    const unsigned char *p = CFDataGetBytePtr(data);
    X509 *x = d2i_X509(NULL, &p, (long)CFDataGetLength(data));
    int added = x && X509_STORE_add_cert(store, x) == 1;
    X509_free(x);
    CFRelease(data);
    ERR_clear_error();
    return added;
}

/* Adds those of whom nobody says otherwise than `unsaid`, which is how they come; frees the list. */
static int add_trusted(X509_STORE *store, CFArrayRef certificates, verdict unsaid) {
    int added = 0;
    for (CFIndex i = 0; i < CFArrayGetCount(certificates); i++) {
        SecCertificateRef certificate =
            (SecCertificateRef)(uintptr_t)CFArrayGetValueAtIndex(certificates, i);
        verdict says = all_say(certificate);
        if ((says == UNSAID ? unsaid : says) == TRUSTED)
            added += add(store, certificate);
    }
    CFRelease(certificates);
    return added;
}

int frond__tls_trust_system(SSL_CTX *ssl) {
    X509_STORE *store = SSL_CTX_get_cert_store(ssl);
    CFArrayRef certificates = NULL;
    int added = 0;
    if (frond_generation() > 0 || getenv(X509_get_default_cert_file_env()) ||
        getenv(X509_get_default_cert_dir_env()))
        return frond__tls_trust_files(ssl);
    if (SecTrustCopyAnchorCertificates(&certificates) == errSecSuccess && certificates)
        added = add_trusted(store, certificates, TRUSTED);
    for (size_t i = 0; i < DOMAINS; i++) {
        certificates = NULL;
        if (SecTrustSettingsCopyCertificates(domains[i], &certificates) ==
                errSecSuccess &&
            certificates)
            added += add_trusted(store, certificates, UNSAID);
    }
    return added > 0 ? 1 : frond__tls_trust_files(ssl);
}
