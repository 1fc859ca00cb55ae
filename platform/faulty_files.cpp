#include "platform/faulty_files.hpp"

#include <algorithm>

namespace levada {

namespace {

// Takes up to `wanted` from a budget that never goes below zero; an endless one stays endless.
uint64_t take(std::atomic<uint64_t>& budget, uint64_t wanted) {
  uint64_t left = budget.load();
  for (;;) {
    if (left == disk_faults::never) return wanted;
    const uint64_t taken = std::min(left, wanted);
    if (budget.compare_exchange_weak(left, left - taken)) return taken;
  }
}

status injected_sync_error(const std::string& what) { return {errc::io_error, what + ": injected fault"}; }

class faulty_file final : public file {
 public:
  faulty_file(std::unique_ptr<file> below, std::string path, disk_faults& faults)
      : below_(std::move(below)), path_(std::move(path)), faults_(faults) {}

  result<size_t> read(std::span<char> into) override { return below_->read(into); }
  result<size_t> read_at(uint64_t offset, std::span<char> into) override { return below_->read_at(offset, into); }
  status write(std::string_view bytes) override {
    const auto fits = bytes.substr(0, take(faults_.writable_bytes, bytes.size()));
    auto wrote = below_->write(fits);
    return wrote.ok() && fits.size() < bytes.size() ? no_space() : wrote;
  }
  status write_at(uint64_t offset, std::string_view bytes) override {
    const auto fits = bytes.substr(0, take(faults_.writable_bytes, bytes.size()));
    auto wrote = below_->write_at(offset, fits);
    return wrote.ok() && fits.size() < bytes.size() ? no_space() : wrote;
  }
  status seek(uint64_t offset) override { return below_->seek(offset); }
  status truncate(uint64_t bytes) override { return below_->truncate(bytes); }
  status sync_data() override {
    if (take(faults_.syncs_before_error, 1) == 0) return injected_sync_error("flush " + path_);
    return below_->sync_data();
  }
  result<file_info> info() override { return below_->info(); }
  status try_lock() override { return below_->try_lock(); }

 private:
  status no_space() const { return {errc::no_space, "write " + path_ + ": injected fault"}; }

  std::unique_ptr<file> below_;
  std::string path_;
  disk_faults& faults_;
};

} // namespace

result<std::unique_ptr<file>> faulty_files::open(const std::string& path, open_mode mode) {
  auto opened = below_.open(path, mode);
  if (!opened.ok()) return opened.error();
  return std::unique_ptr<file>(std::make_unique<faulty_file>(std::move(*opened), path, faults_));
}

result<disk_space> faulty_files::space(const std::string& path) {
  auto real = below_.space(path);
  if (real.ok()) real->free_bytes = std::min(real->free_bytes, faults_.free_bytes.load());
  return real;
}

status faulty_files::sync_directory(const std::string& path) {
  if (take(faults_.syncs_before_error, 1) == 0) return injected_sync_error("flush " + path);
  return below_.sync_directory(path);
}

} // namespace levada
