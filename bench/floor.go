package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// floorArgument makes this program the floor. Nobody types it.
const floorArgument = "floor-for-bench"

// floorSpec says what the floor does.
type floorSpec struct {
	URL      string
	Count    int
	Parallel int
	Folder   string // of the files
}

// floor is the bare cost of jobs: a loop that makes the same requests, and the
// same durable files. It has no schedule, no ledger, no retry, and checks
// nothing of what an answer says.
func (l *lab) floor(s *server, count, parallel int) (sample, error) {
	dir, err := os.MkdirTemp(l.scratch, "floor-")
	if err != nil {
		return sample{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // l.close removes what stays
	self, err := os.Executable()
	if err != nil {
		return sample{}, fmt.Errorf("the floor: %w", err)
	}
	text, err := json.Marshal(floorSpec{URL: s.url, Count: count, Parallel: parallel, Folder: dir})
	if err != nil {
		return sample{}, fmt.Errorf("the floor: %w", err)
	}
	command := exec.Command(self, floorArgument, string(text))
	command.Stderr = os.Stderr
	took, err := perform(l.ctx, command)
	if err != nil {
		return took, fmt.Errorf("the floor: %w", err)
	}
	files, err := os.ReadDir(dir)
	if err == nil && len(files) != count {
		err = fmt.Errorf("the floor: %d files, not %d", len(files), count)
	}
	return took, err
}

// floorMain is the child.
func floorMain(text string) error {
	var spec floorSpec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		return fmt.Errorf("the floor: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost, transport.MaxIdleConns = spec.Parallel, spec.Parallel
	client := &http.Client{Transport: transport}
	numbers := make(chan int)
	problems := make(chan error, spec.Count)
	var all sync.WaitGroup
	for range spec.Parallel {
		all.Go(func() {
			for i := range numbers {
				if err := spec.one(client, i); err != nil {
					problems <- err
				}
			}
		})
	}
	for i := range spec.Count {
		numbers <- i
	}
	close(numbers)
	all.Wait()
	select {
	case err := <-problems:
		return fmt.Errorf("the floor: %w", err)
	default:
		return nil
	}
}

// one asks what a job of an estate asks, and leaves its file.
func (f floorSpec) one(client *http.Client, i int) error {
	body := []byte(`{"query":"{ serverInfo { version } }","variables":null}`)
	request, err := http.NewRequest(http.MethodPost, f.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+tokenOf(i))
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	var said struct{ Data json.RawMessage }
	if err := json.Unmarshal(text, &said); err != nil {
		return err
	}
	return leave(filepath.Join(f.Folder, fmt.Sprintf("j%05d.ndjson", i)), append(said.Data, '\n'))
}

// leave writes a file as one has to that must be whole after a power cut.
func leave(path string, text []byte) error {
	file, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	closed := file.Close()
	if err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
