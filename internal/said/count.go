package said

import "fmt"

// Count counts things: "1 more error", "3 more errors". Numbers in messages stand
// ungrouped, so that who searches for one finds it; figures.Count groups them.
func Count[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
