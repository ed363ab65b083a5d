/** libc's functions for sockets. Each call returns at once, because the sockets do not block. */
export const NETWORK_SYMBOLS = {
  /** `int socket(int domain, int type, int protocol)` */
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  /** `int bind(int fd, const struct sockaddr *addr, socklen_t length)` */
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  /** `int connect(int fd, const struct sockaddr *addr, socklen_t length)` */
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  /** `int setsockopt(int fd, int level, int name, const void *value, socklen_t length)` */
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  /** `int getsockopt(int fd, int level, int name, void *value, socklen_t *length)` */
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  /** `int getsockname(int fd, struct sockaddr *addr, socklen_t *length)` */
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  /** `ssize_t send(int fd, const void *buf, size_t size, int flags)`: 32 bits hold the count without a BigInt. */
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  /** `ssize_t recv(int fd, void *buf, size_t size, int flags)`, as above */
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  /** `int close(int fd)` */
  close: { parameters: ["i32"], result: "i32" },
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Functions for TLS over memory, of libssl (OpenSSL 3), which also resolves those of libcrypto. */
export const TLS_SYMBOLS = {
  /** `const SSL_METHOD *TLS_client_method(void)` */
  TLS_client_method: { parameters: [], result: "pointer" },
  /** `SSL_CTX *SSL_CTX_new(const SSL_METHOD *method)` */
  SSL_CTX_new: { parameters: ["pointer"], result: "pointer" },
  /** `void SSL_CTX_free(SSL_CTX *ctx)` */
  SSL_CTX_free: { parameters: ["pointer"], result: "void" },
  /** `int SSL_CTX_set_default_verify_paths(SSL_CTX *ctx)` */
  SSL_CTX_set_default_verify_paths: { parameters: ["pointer"], result: "i32" },
  /** `int SSL_CTX_load_verify_file(SSL_CTX *ctx, const char *file)` */
  SSL_CTX_load_verify_file: { parameters: ["pointer", "buffer"], result: "i32" },
  /** `int SSL_CTX_use_certificate_chain_file(SSL_CTX *ctx, const char *file)` */
  SSL_CTX_use_certificate_chain_file: { parameters: ["pointer", "buffer"], result: "i32" },
  /** `int SSL_CTX_use_PrivateKey_file(SSL_CTX *ctx, const char *file, int type)` */
  SSL_CTX_use_PrivateKey_file: { parameters: ["pointer", "buffer", "i32"], result: "i32" },
  /** `int SSL_CTX_check_private_key(const SSL_CTX *ctx)` */
  SSL_CTX_check_private_key: { parameters: ["pointer"], result: "i32" },
  /** `int SSL_CTX_set_alpn_protos(SSL_CTX *ctx, const unsigned char *protos, unsigned int length)` */
  SSL_CTX_set_alpn_protos: { parameters: ["pointer", "buffer", "u32"], result: "i32" },
  /** `SSL *SSL_new(SSL_CTX *ctx)` */
  SSL_new: { parameters: ["pointer"], result: "pointer" },
  /** `void SSL_free(SSL *ssl)`: frees its BIOs too. */
  SSL_free: { parameters: ["pointer"], result: "void" },
  /** `void SSL_set_bio(SSL *ssl, BIO *rbio, BIO *wbio)`: the SSL owns them afterwards. */
  SSL_set_bio: { parameters: ["pointer", "pointer", "pointer"], result: "void" },
  /** `void SSL_set_connect_state(SSL *ssl)` */
  SSL_set_connect_state: { parameters: ["pointer"], result: "void" },
  /** `long SSL_ctrl(SSL *ssl, int cmd, long larg, void *parg)`: sets the server name. */
  SSL_ctrl: { parameters: ["pointer", "i32", "i64", "buffer"], result: "i64" },
  /** `void SSL_set_verify(SSL *ssl, int mode, callback)` */
  SSL_set_verify: { parameters: ["pointer", "i32", "pointer"], result: "void" },
  /** `int SSL_set1_host(SSL *ssl, const char *hostname)` */
  SSL_set1_host: { parameters: ["pointer", "buffer"], result: "i32" },
  /** `X509_VERIFY_PARAM *SSL_get0_param(SSL *ssl)` */
  SSL_get0_param: { parameters: ["pointer"], result: "pointer" },
  /** `int X509_VERIFY_PARAM_set1_ip_asc(X509_VERIFY_PARAM *param, const char *ipasc)` */
  X509_VERIFY_PARAM_set1_ip_asc: { parameters: ["pointer", "buffer"], result: "i32" },
  /** `int SSL_do_handshake(SSL *ssl)` */
  SSL_do_handshake: { parameters: ["pointer"], result: "i32" },
  /** `int SSL_read(SSL *ssl, void *buf, int num)` */
  SSL_read: { parameters: ["pointer", "buffer", "i32"], result: "i32" },
  /** `int SSL_write(SSL *ssl, const void *buf, int num)` */
  SSL_write: { parameters: ["pointer", "buffer", "i32"], result: "i32" },
  /** `int SSL_get_error(const SSL *ssl, int ret)` */
  SSL_get_error: { parameters: ["pointer", "i32"], result: "i32" },
  /** `long SSL_get_verify_result(const SSL *ssl)` */
  SSL_get_verify_result: { parameters: ["pointer"], result: "i64" },
  /** `const char *X509_verify_cert_error_string(long n)` */
  X509_verify_cert_error_string: { parameters: ["i64"], result: "pointer" },
  /** `X509 *SSL_get1_peer_certificate(const SSL *ssl)`: the caller frees it. */
  SSL_get1_peer_certificate: { parameters: ["pointer"], result: "pointer" },
  /** `const ASN1_TIME *X509_get0_notAfter(const X509 *x)` */
  X509_get0_notAfter: { parameters: ["pointer"], result: "pointer" },
  /** `void X509_free(X509 *x)` */
  X509_free: { parameters: ["pointer"], result: "void" },
  /** `int ASN1_TIME_diff(int *days, int *seconds, const ASN1_TIME *from, const ASN1_TIME *to)`: from now, if null. */
  ASN1_TIME_diff: { parameters: ["buffer", "buffer", "pointer", "pointer"], result: "i32" },
  /** `const BIO_METHOD *BIO_s_mem(void)` */
  BIO_s_mem: { parameters: [], result: "pointer" },
  /** `BIO *BIO_new(const BIO_METHOD *type)` */
  BIO_new: { parameters: ["pointer"], result: "pointer" },
  /** `int BIO_free(BIO *bio)` */
  BIO_free: { parameters: ["pointer"], result: "i32" },
  /** `long BIO_ctrl(BIO *bio, int cmd, long larg, void *parg)`: sets the meaning of an empty one. */
  BIO_ctrl: { parameters: ["pointer", "i32", "i64", "pointer"], result: "i64" },
  /** `int BIO_read(BIO *bio, void *buf, int length)` */
  BIO_read: { parameters: ["pointer", "buffer", "i32"], result: "i32" },
  /** `int BIO_write(BIO *bio, const void *buf, int length)` */
  BIO_write: { parameters: ["pointer", "buffer", "i32"], result: "i32" },
  /** `unsigned long ERR_get_error(void)` */
  ERR_get_error: { parameters: [], result: "u64" },
  /** `void ERR_clear_error(void)` */
  ERR_clear_error: { parameters: [], result: "void" },
  /** `const char *ERR_reason_error_string(unsigned long error)` */
  ERR_reason_error_string: { parameters: ["u64"], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;
