// The two halves of the `filesystem` connector. `files` is the disk, or a faulty one in tests.
#pragma once

#include <memory>

#include "platform/file.hpp"
#include "runtime/connectors/connector.hpp"

namespace levada {

// Reads the files that 'path' means in order of their paths, each from its beginning to its end. With
// 'source.monitor-interval' the path is looked at again and again, at most once in an interval and, where the kernel
// tells of changes, only after one: new files are read, files that have grown are read on, and a last line without its
// newline waits for one interval before it counts as a record. A file is known by its inode and first bytes: one that was
// replaced is read anew when watching, and is errc::state_mismatch when not.
result<std::unique_ptr<source>> make_filesystem_source(const source_spec& spec, std::shared_ptr<file_system> files);

// Writes part files (part_files.hpp) into the directory 'path'. At every guarantee a restart takes back what lies beyond
// the committed length; flush() makes durable what is to be committed, unless the guarantee is none.
result<std::unique_ptr<sink>> make_filesystem_sink(const sink_spec& spec, std::shared_ptr<file_system> files);

} // namespace levada
