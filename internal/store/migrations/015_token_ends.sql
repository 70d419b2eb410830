-- When tokens end, as far as one could tell: a refused one can't any more. A token
-- is named by its public id.
CREATE TABLE token_ends (
    server TEXT NOT NULL,
    token TEXT NOT NULL,
    ends BIGINT NOT NULL,
    PRIMARY KEY (server, token)
);
