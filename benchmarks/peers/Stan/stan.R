# The Stan side of the comparison. Arguments: the model, its data as an R dump, a folder for compiled models.
# Every line "seed draws-file" of the standard input is one run of four chains; the answer is the seconds of warm-up and sampling of all chains, and
# the file receives the draws, iteration fastest, then chain, then parameter.
suppressMessages(library(rstan))
rstan_options(boost_lib = "/usr/include", eigen_lib = file.path(find.package("RcppEigen"), "include"))
arguments <- commandArgs(trailingOnly = TRUE)
compiled <- file.path(arguments[3], sub("[.]stan$", ".rds", basename(arguments[1])))
if (file.exists(compiled)) {
  model <- readRDS(compiled)
} else {
  model <- stan_model(file = arguments[1], save_dso = TRUE)
  saveRDS(model, compiled)
}
if (arguments[2] == "-") quit()
data <- read_rdump(arguments[2])
input <- file("stdin", "r")
cat("ready\n")
flush(stdout())
while (length(line <- readLines(input, n = 1)) > 0) {
  request <- strsplit(line, " ")[[1]]
  fit <- suppressWarnings(sampling(model, data = data, chains = 4, iter = 2000, warmup = 1000, cores = 1, refresh = 0, seed = as.integer(request[1])))
  draws <- extract(fit, permuted = FALSE)
  leapfrogs <- sum(sapply(get_sampler_params(fit, inc_warmup = TRUE), function(x) sum(x[, "n_leapfrog__"])))
  writeBin(as.double(draws[, , dimnames(draws)$parameters != "lp__"]), request[2])
  cat(sum(get_elapsed_time(fit)), dim(draws)[3] - 1, leapfrogs, "\n")
  flush(stdout())
}
