// What Swift needs of OpenSSL: its headers, and a function for each macro that Swift cannot import.

#ifndef TRUNKLINE_COPENSSL_SHIMS_H
#define TRUNKLINE_COPENSSL_SHIMS_H

// The low-level digests and HMAC contexts are called on purpose, a packet at a time: the fetched EVP forms cost several
// times more for messages of 200 octets. OpenSSL marks them deprecated, and a warning is an error here.
#define OPENSSL_SUPPRESS_DEPRECATED 1

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/md5.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// SSL_CTX and SSL

static inline int copenssl_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

static inline long copenssl_SSL_CTX_set_mode(SSL_CTX *context, long mode) {
    return SSL_CTX_set_mode(context, mode);
}

static inline long copenssl_SSL_CTX_set_session_cache_mode(SSL_CTX *context, long mode) {
    return SSL_CTX_set_session_cache_mode(context, mode);
}

static inline int copenssl_SSL_CTX_add1_chain_cert(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

// No session is ever resumed and none renegotiates, so every connection shows its certificate once and for itself.
static inline void copenssl_SSL_CTX_forbid_tickets_and_renegotiation(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_num_tickets(context, 0);
}

static inline int copenssl_SSL_set_tlsext_host_name(SSL *session, const char *name) {
    return (int)SSL_set_tlsext_host_name(session, name);
}

// Memory BIOs

static inline long copenssl_BIO_pending(BIO *bio) {
    return (long)BIO_ctrl_pending(bio);
}

static inline long copenssl_BIO_set_mem_eof_return(BIO *bio, int value) {
    return BIO_set_mem_eof_return(bio, value);
}

// Names in certificates

// One line as in RFC 2253, with control characters and octets outside ASCII escaped.
static inline int copenssl_X509_NAME_print(BIO *bio, const X509_NAME *name) {
    return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
}

static inline int copenssl_GENERAL_NAME_count(const GENERAL_NAMES *names) {
    return sk_GENERAL_NAME_num(names);
}

static inline GENERAL_NAME *copenssl_GENERAL_NAME_at(const GENERAL_NAMES *names, int index) {
    return sk_GENERAL_NAME_value(names, index);
}

// The octets of a DNS name, a URI or an IP address in a subject alternative name; NULL for any other kind.
static inline const unsigned char *copenssl_GENERAL_NAME_octets(const GENERAL_NAME *name, int *count) {
    int kind = 0;
    const ASN1_STRING *value = (const ASN1_STRING *)GENERAL_NAME_get0_value(name, &kind);
    if (value == NULL || (kind != GEN_DNS && kind != GEN_URI && kind != GEN_IPADD)) {
        return NULL;
    }
    *count = ASN1_STRING_length(value);
    return ASN1_STRING_get0_data(value);
}

static inline int copenssl_GENERAL_NAME_kind(const GENERAL_NAME *name) {
    return name->type;
}

static inline void copenssl_GENERAL_NAMES_free(GENERAL_NAMES *names) {
    GENERAL_NAMES_free(names);
}

#endif
