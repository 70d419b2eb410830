package main

import (
	"context"
	"errors"
	"strings"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/remote"
	"speckle-runner/internal/report"
	"speckle-runner/internal/service"
)

// localFlags names flags of run that --server doesn't take.
var localFlags = []string{"all", "tick", "version", "dry-run", "force", "accept-shrink", "parallel", "keep-runs", "keep-runs-for"}

// runThere has the serve of --server run jobs, and waits for them.
func (s *settings) runThere(ctx context.Context, names []string, flags runFlags, asJSON bool) error {
	client, err := s.openServer(localFlags...)
	if err != nil {
		return err
	}
	defer client.Close()
	if len(names) == 0 {
		return usagef("which jobs? Name some of those that --server has")
	}
	if names, err = chooseThere(ctx, client, names); err != nil {
		return err
	}
	shown, _, err := s.newDisplay(flags.logLevel, flags.still)
	if err != nil {
		return err
	}
	ended, err := service.There{Client: client, Observer: shown, DeliverFor: flags.deliverFor}.RunAll(ctx, names)
	shown.Close()
	if refused, is := errors.AsType[*remote.Error](err); is && refused.Kind == remote.Conflict && refused.Run == "" {
		return usageError{err} // the job runs for versions only, and none is named
	}
	if err != nil {
		return err
	}
	return s.printAll(finishedThere(client, ended), asJSON)
}

func finishedThere(client *remote.Client, ended []service.Ended) []report.Finished {
	ends := make([]report.Finished, len(ended))
	for i, end := range ended {
		ends[i] = report.Finished{Ended: end, Flags: " --server " + client.Address().String()}
	}
	return ends
}

// chooseThere gives the named jobs, each once, if the server has them all.
func chooseThere(ctx context.Context, client *remote.Client, names []string) ([]string, error) {
	chosen, unknown, err := client.Choose(ctx, names)
	if err != nil || len(unknown) == 0 {
		return chosen, err
	}
	known, err := client.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	return nil, usagef("no job %s at %s; it has %s", strings.Join(unknown, ", "), client.Address(), jobs.SomeNames(known))
}
