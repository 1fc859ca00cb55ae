#include "platform/tls.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <climits>
#include <system_error>

namespace levada {

namespace {

constexpr size_t record_buffer_bytes = 64 * 1024; // several records per read of the inner stream

struct release {
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(BIO_METHOD* p) const { BIO_meth_free(p); }
};
using ssl_ptr = std::unique_ptr<SSL, release>;
using context_ptr = std::unique_ptr<SSL_CTX, release>;

std::string last_error() {
  const unsigned long code = ERR_get_error();
  if (ERR_SYSTEM_ERROR(code)) return std::system_category().message(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : "unknown failure";
}

status unusable(std::string_view what, const std::string& file) {
  return {errc::tls_error, std::string(what) + " '" + file + "' cannot be used: " + last_error()};
}

bool is_address(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

result<context_ptr> make_context(const tls_options& options) {
  ERR_clear_error();
  context_ptr context{SSL_CTX_new(TLS_client_method())};
  if (!context) return status{errc::tls_error, "cannot initialise TLS: " + last_error()};
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_default_read_buffer_len(context.get(), record_buffer_bytes);
  if (options.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_file(context.get(), options.ca_file.c_str()) != 1) {
    return unusable("the CA file", options.ca_file);
  }
  if (!options.certificate_file.empty()) {
    if (SSL_CTX_use_certificate_chain_file(context.get(), options.certificate_file.c_str()) != 1)
      return unusable("the certificate file", options.certificate_file);
    const std::string& key = options.key_file.empty() ? options.certificate_file : options.key_file;
    if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1)
      return unusable("the key file", key);
    if (SSL_CTX_check_private_key(context.get()) != 1)
      return status{errc::tls_error,
                    "the key '" + key + "' does not belong to the certificate '" + options.certificate_file + "'"};
  }
  return context;
}

class tls_stream final : public byte_stream {
 public:
  tls_stream(std::unique_ptr<byte_stream> inner, const endpoint& peer, context_ptr context)
      : inner_(std::move(inner)), peer_(peer.to_string()), context_(std::move(context)) {}

  // Separate from the constructor because the BIO needs the object's final address.
  status start(const std::string& host) {
    ssl_.reset(SSL_new(context_.get()));
    BIO* bio = BIO_new(carrier_method());
    if (!ssl_ || !bio) {
      BIO_free(bio);
      return {errc::tls_error, "cannot initialise TLS: " + last_error()};
    }
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_connect_state(ssl_.get());
    if (is_address(host)) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str());
    } else {
      SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      if (SSL_set1_host(ssl_.get(), host.c_str()) != 1 || SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) != 1)
        return {errc::tls_error, "'" + host + "' is not a host name a certificate could carry"};
    }
    return {};
  }

  status establish() override {
    if (established_) return {};
    if (!connected_) {
      if (auto s = inner_->establish(); !s.ok()) return s;
      connected_ = true;
    }
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) {
      established_ = true;
      return {};
    }
    auto outcome = classify(done, read_waits_for_);
    if (!outcome.ok()) return outcome.error();
    return {errc::would_block, "TLS handshake with " + peer_};
  }

  result<size_t> read(std::span<char> into) override {
    if (into.empty()) return size_t{0};
    ERR_clear_error();
    const int wanted = static_cast<int>(std::min<size_t>(into.size(), INT_MAX));
    const int got = SSL_read(ssl_.get(), into.data(), wanted);
    read_waits_for_ = wait_read;
    ran_dry_ = got <= 0;
    if (got > 0) return static_cast<size_t>(got);
    return classify(got, read_waits_for_);
  }

  result<size_t> write(std::string_view bytes) override {
    if (bytes.empty()) return size_t{0};
    ERR_clear_error();
    const int offered = static_cast<int>(std::min<size_t>(bytes.size(), INT_MAX));
    const int sent = SSL_write(ssl_.get(), bytes.data(), offered);
    write_waits_for_ = wait_write;
    if (sent > 0) return static_cast<size_t>(sent);
    return classify(sent, write_waits_for_);
  }

  int descriptor() const override { return inner_->descriptor(); }

  short wanted(bool reading, bool writing) const override {
    if (!connected_) return inner_->wanted(reading, writing);
    if (!established_) return read_waits_for_;
    return static_cast<short>((reading ? read_waits_for_ : 0) | (writing ? write_waits_for_ : 0));
  }

  // Read-ahead may hold whole records. SSL_has_pending() is no answer: it is true for a part of a record as well.
  bool holds_bytes() const override { return established_ && !ran_dry_; }

 private:
  // 0 bytes with `waits_for` set, or the failure.
  result<size_t> classify(int outcome, short& waits_for) {
    switch (SSL_get_error(ssl_.get(), outcome)) {
    case SSL_ERROR_WANT_READ: waits_for = wait_read; return size_t{0};
    case SSL_ERROR_WANT_WRITE: waits_for = wait_write; return size_t{0};
    case SSL_ERROR_ZERO_RETURN: return status{errc::connection_closed, peer_ + " closed the connection"};
    default: break;
    }
    if (!carrier_failure_.ok()) return carrier_failure_;
    if (const long verdict = SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK)
      return status{errc::tls_error,
                    "the certificate of " + peer_ + " is not trusted: " + X509_verify_cert_error_string(verdict)};
    return status{errc::tls_error, "TLS with " + peer_ + " failed: " + last_error()};
  }

  static BIO_METHOD* carrier_method() {
    static const std::unique_ptr<BIO_METHOD, release> method{[] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "levada byte stream");
      check(made != nullptr);
      BIO_meth_set_read(made, [](BIO* bio, char* into, int size) {
        BIO_clear_retry_flags(bio);
        auto* self = static_cast<tls_stream*>(BIO_get_data(bio));
        auto got = self->inner_->read({into, static_cast<size_t>(size)});
        return self->moved(bio, got, BIO_FLAGS_READ);
      });
      BIO_meth_set_write(made, [](BIO* bio, const char* from, int size) {
        BIO_clear_retry_flags(bio);
        auto* self = static_cast<tls_stream*>(BIO_get_data(bio));
        auto sent = self->inner_->write({from, static_cast<size_t>(size)});
        return self->moved(bio, sent, BIO_FLAGS_WRITE);
      });
      BIO_meth_set_ctrl(made, [](BIO*, int command, long, void*) -> long { return command == BIO_CTRL_FLUSH; });
      return made;
    }()};
    return method.get();
  }

  int moved(BIO* bio, const result<size_t>& bytes, int direction) {
    if (!bytes.ok()) {
      carrier_failure_ = bytes.error();
      return -1;
    }
    if (*bytes > 0) return static_cast<int>(*bytes);
    BIO_set_flags(bio, direction | BIO_FLAGS_SHOULD_RETRY);
    return -1;
  }

  std::unique_ptr<byte_stream> inner_;
  std::string peer_;
  context_ptr context_;
  ssl_ptr ssl_;
  status carrier_failure_;
  bool connected_ = false;
  bool established_ = false;
  bool ran_dry_ = false;
  short read_waits_for_ = wait_read;
  short write_waits_for_ = wait_write;
};

} // namespace

result<std::unique_ptr<byte_stream>> make_tls_client(std::unique_ptr<byte_stream> inner, const endpoint& peer,
                                                     const tls_options& options) {
  auto context = make_context(options);
  if (!context.ok()) return context.error();
  auto stream = std::make_unique<tls_stream>(std::move(inner), peer, std::move(*context));
  if (auto s = stream->start(peer.host); !s.ok()) return s;
  return std::unique_ptr<byte_stream>{std::move(stream)};
}

} // namespace levada
