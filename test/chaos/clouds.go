package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"speckle-runner/internal/output/blob/blobtest"
	"speckle-runner/test/process"
)

// openClouds gives a cloud of each kind.
func (s *storm) openClouds() error {
	for _, scheme := range blobtest.Schemes() {
		c, err := newCloud(scheme, s.newWatcher(), s.known)
		if err != nil {
			return err
		}
		s.clouds = append(s.clouds, c)
	}
	s.secrets["the key of S3"] = fmt.Sprintf("chaos-s3-%x", s.seed)
	s.secrets["the key of Azure"] = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "chaos-azure-%x", s.seed))
	return nil
}

// cloudEnvironment is what the clouds' clients look for: addresses are those of the gates.
func (s *storm) cloudEnvironment() (env []string) {
	blobtest.Env(func(name, value string) {
		for _, c := range s.clouds {
			value = strings.ReplaceAll(value, c.bucket.Host(), c.gate.address)
		}
		env = append(env, name+"="+value)
	})
	return append(env, "AWS_SECRET_ACCESS_KEY="+s.secrets["the key of S3"], "AZURE_STORAGE_KEY="+s.secrets["the key of Azure"])
}

// sickenCloud makes a cloud refuse, be slow, or hang up, at each request or at some.
func (s *storm) sickenCloud(ctx context.Context, c *cloud, dice *rand.Rand) {
	defer c.feel(well, 1)
	for process.Rest(ctx, between(dice, 2*time.Second, 12*time.Second)) {
		c.feel(1+mood(dice.IntN(int(torn))), 1+dice.IntN(4))
		s.faults.Add(1)
		if !process.Rest(ctx, between(dice, 500*time.Millisecond, 6*time.Second)) {
			return
		}
		c.feel(well, 1)
	}
}

// disturbCloud takes the network to a cloud away. What stood still is cut: the request of a process
// that is dead would arrive after those of its successor, and S3 takes it.
func (s *storm) disturbCloud(ctx context.Context, c *cloud, dice *rand.Rand) {
	for process.Rest(ctx, between(dice, 3*time.Second, 20*time.Second)) {
		d := disturbed(dice)
		d.cut = true
		s.away(ctx, c.gate, d)
	}
}
