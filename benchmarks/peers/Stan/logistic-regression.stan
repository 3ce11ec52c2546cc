// Logistic regression with standard normal coefficients, intercept in the last column of x.
data { int n; int p; matrix[n, p] x; int<lower=0, upper=1> y[n]; }
parameters { vector[p] beta; }
model {
  beta ~ std_normal();
  y ~ bernoulli_logit_glm(x, 0, beta);
}
