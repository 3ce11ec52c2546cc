// Autoregression of order k.
data { int k; int n; vector[n] y; }
parameters { real alpha; vector[k] beta; real<lower=0> sigma; }
model {
  vector[n - k] mu = rep_vector(alpha, n - k);
  for (j in 1:k) mu += beta[j] * y[(k + 1 - j):(n - j)];
  alpha ~ normal(0, 10);
  beta ~ normal(0, 10);
  sigma ~ cauchy(0, 2.5);
  y[(k + 1):n] ~ normal(mu, sigma);
}
