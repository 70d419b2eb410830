package secret

import "strings"

// Command is a program that prints a secret, with its arguments. It is text, so
// that sources can be compared: words are kept apart by NUL, which none can hold.
type Command string

// NewCommand makes one of the program and its arguments.
func NewCommand(words []string) Command { return Command(strings.Join(words, "\x00")) }

// Words gives the program and its arguments; nil when there is none.
func (c Command) Words() []string {
	if c == "" {
		return nil
	}
	return strings.Split(string(c), "\x00")
}

// Program gives the program alone, for messages: arguments may be nobody's business.
func (c Command) Program() string {
	program, _, _ := strings.Cut(string(c), "\x00")
	return program
}
