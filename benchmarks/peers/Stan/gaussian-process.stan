// Gaussian-process regression with a squared exponential kernel.
data { int n; real x[n]; vector[n] y; }
parameters { real<lower=0> rho; real<lower=0> alpha; real<lower=0> sigma; }
model {
  matrix[n, n] c = cov_exp_quad(x, alpha, rho);
  for (i in 1:n) c[i, i] += sigma;
  rho ~ gamma(25, 4);
  alpha ~ normal(0, 2);
  sigma ~ std_normal();
  y ~ multi_normal_cholesky(rep_vector(0, n), cholesky_decompose(c));
}
