package service

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
)

// Nodes with another job file are warned of once, as long as they are the same ones, and it is
// told when there are none any more.
func TestOtherNodesFilesAreWarnedOfOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		looks := []struct {
			nodes []string
			err   error
		}{
			{}, {nodes: []string{"b"}}, {nodes: []string{"b"}}, {err: errors.New("away")}, {nodes: []string{"b"}},
			{nodes: []string{"b", "c"}}, {}, {},
		}
		log, at := &bytes.Buffer{}, 0
		ctx, cancel := context.WithCancel(t.Context())
		go warnOfOtherFiles(ctx, zerolog.New(log), func(context.Context) ([]string, error) {
			look := looks[min(at, len(looks)-1)]
			at++
			return look.nodes, look.err
		})
		time.Sleep(time.Hour) // of the bubble's clock
		cancel()
		synctest.Wait()
		said := log.String()
		for words, want := range map[string]int{
			`"nodes":"b",`: 1, `"nodes":"b, c"`: 1, "other nodes have another job file": 2, "all nodes have the same job file again": 1,
		} {
			if got := strings.Count(said, words); got != want {
				t.Errorf("%s: %d times, want %d: %s", words, got, want, said)
			}
		}
	})
}
