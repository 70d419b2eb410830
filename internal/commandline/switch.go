package commandline

import (
	"fmt"
	"os"
	"strconv"
)

// Switch reads a variable that is true or false; false where it isn't set. It refuses any
// other word: taken as false, it would leave on what somebody wants off.
func Switch(variable string) (bool, error) {
	text := os.Getenv(variable)
	if text == "" {
		return false, nil
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		return false, fmt.Errorf("%s=%q: want true or false", variable, text)
	}
	return on, nil
}
