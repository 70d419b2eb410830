package compare

import (
	"context"
	"fmt"
)

// Files compares two files.
func Files(ctx context.Context, then, now File) (*Result, error) {
	was, err := load(ctx, then)
	if err != nil {
		return nil, fmt.Errorf("the earlier file: %w", err)
	}
	is, err := load(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("the newer file: %w", err)
	}
	d := difference{was: was, is: is}
	d.align()
	if by := d.key(); by != "" {
		d.result.By = by
		d.joinByKey(was.column(by), is.column(by))
	} else {
		d.joinWhole()
	}
	d.count()
	if err := d.show(ctx, then, now); err != nil {
		return nil, err
	}
	return &d.result, nil
}
