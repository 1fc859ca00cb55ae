// The files a filesystem sink writes, and what of them counts.
//
//   directory mode   DIR/part-RUN-N, N from 0: appended to until they are full, then the next. RUN is drawn at a fresh
//                    start and kept by the position, so that runs do not meet. Where results must appear exactly once,
//                    a file is DIR/.part-RUN-N.inprogress, hidden from readers, until an epoch with rows of it commits.
//   single file      DIR/NAME, begun anew at a fresh start.
//
// Position: "RUN N LENGTH". All of part N beyond LENGTH and all parts after N are undone by open().
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "platform/file.hpp"

namespace levada {

struct part_file_options {
  std::string directory;
  std::string single_file; // its name; empty: directory mode
  bool hide_uncommitted = false;
  uint64_t file_bytes_max = 128ULL * 1024 * 1024; // roll over after the batch that exceeds it
};

class part_files {
 public:
  part_files(std::shared_ptr<file_system> files, part_file_options options)
      : files_(std::move(files)), options_(std::move(options)) {}

  status open(std::string_view position);
  // Appends whole records. On failure nothing of them is kept, as far as the disk still obeys.
  status append(std::string_view records);
  // What was appended is durable.
  status sync();
  std::string position();
  // Makes visible what `position` covers.
  status committed(std::string_view position);
  // Makes all visible if no position was ever asked for: without epochs there is no other moment.
  status close();

  uint64_t bytes_in_file() const { return length_; }
  bool has_file() const { return file_ != nullptr; }
  status roll();

 private:
  struct place {
    std::string run;
    uint64_t number = 0;
    uint64_t length = 0;
  };
  static result<place> parse(std::string_view position);
  std::string visible_path(uint64_t number) const;
  std::string hidden_path(uint64_t number) const;
  status open_file(bool fresh);
  status go_on_from(const place& last);
  status reveal_up_to(uint64_t number);

  std::shared_ptr<file_system> files_;
  part_file_options options_;
  std::unique_ptr<file> file_; // part number_, once it has rows
  std::string run_;
  uint64_t number_ = 0;
  uint64_t length_ = 0;
  uint64_t first_hidden_ = 0; // parts from here on may still be hidden
  bool asked_position_ = false;
  bool directory_dirty_ = false; // names were created that are not durable yet
};

} // namespace levada
