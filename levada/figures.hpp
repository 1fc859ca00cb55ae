// Figures of running jobs as text for people.
#pragma once

#include <string>
#include <vector>

#include "actors/engine.hpp"

namespace levada {

using named_figures = std::vector<std::pair<std::string, job_figures>>;

// One line for each job (rows, epochs, state against its quota, memory of the engine against its limit) and one for each
// task (rows, late rows, watermark, busy and back-pressured share, state).
std::string render_figures(const named_figures& jobs);
// "37 %  1.2 M rows  3.4 M rows/s" of bounded inputs; empty when nothing bounded is read.
std::string render_progress(const named_figures& jobs);

} // namespace levada
