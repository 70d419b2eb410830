//go:build !unix

package process

import (
	"errors"
	"os"
)

func pause(*os.Process) error { return errors.ErrUnsupported }

func wake(*os.Process) error { return errors.ErrUnsupported }

func ask(*os.Process) error { return errors.ErrUnsupported }
