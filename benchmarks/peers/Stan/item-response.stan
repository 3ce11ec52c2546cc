// Two-parameter logistic item-response model, a row of y for each item.
data { int items; int persons; int<lower=0, upper=1> y[items, persons]; }
parameters {
  real<lower=0> sigma_theta; vector[persons] theta;
  real<lower=0> sigma_a; vector<lower=0>[items] a;
  real mu_b; real<lower=0> sigma_b; vector[items] b;
}
model {
  sigma_theta ~ cauchy(0, 2);
  sigma_a ~ cauchy(0, 2);
  sigma_b ~ cauchy(0, 2);
  theta ~ normal(0, sigma_theta);
  a ~ lognormal(0, sigma_a);
  mu_b ~ normal(0, 5);
  b ~ normal(mu_b, sigma_b);
  for (i in 1:items) y[i] ~ bernoulli_logit(a[i] * (theta - b[i]));
}
