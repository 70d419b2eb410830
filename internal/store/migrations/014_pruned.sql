-- When old runs were last looked for, and how long the last serve keeps them:
-- commands that run jobs by hand prune at most once a day, and keep what it keeps.
CREATE TABLE pruned (
    one BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    age BIGINT NOT NULL,
    failed_age BIGINT NOT NULL,
    runs BIGINT NOT NULL,
    young BIGINT NOT NULL
);
