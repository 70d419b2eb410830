package target

import (
	"context"
	"fmt"
)

// TakeBack undoes a publication that is in place, because what it goes with
// isn't; why says so, and the error adds what became of it.
func TakeBack(ctx context.Context, p Publication, why error) error {
	if err := p.Undo(ctx); err != nil {
		return fmt.Errorf("%w; %w", why, err)
	}
	return fmt.Errorf("%w (nothing was published)", why)
}
