package secret

import (
	"fmt"
	"strings"
	"unicode"
)

// fewestDigits is how many are taken for a part of a token, or one with more
// behind it. Fewer may be a word.
const fewestDigits = 16

// ResolveToken is Resolve for a Speckle token. What surely is none is named as
// what it is, before anything is sent: the server would only say that it
// doesn't know it.
func (s Source) ResolveToken() (Value, error) {
	value, err := s.Resolve()
	if err != nil {
		return Value{}, err
	}
	return s.token(value)
}

// Printed makes a token of what the source's command has printed, and judges it as
// ResolveToken does.
func (s Source) Printed(text string) (Value, error) {
	if len(text) > maxFileBytes {
		return Value{}, &misheldError{s, fmt.Sprintf("more than %d bytes: it should print the token alone", maxFileBytes)}
	}
	value, err := s.checked(text)
	if err != nil {
		return Value{}, err
	}
	return s.token(value)
}

// token names what surely is none.
func (s Source) token(value Value) (Value, error) {
	var err error
	text := value.Reveal()
	first, _, spaced := strings.Cut(text, " ")
	switch {
	case spaced && (strings.EqualFold(first, "Bearer") || strings.EqualFold(first, "Authorization:")):
		err = &misheldError{s, fmt.Sprintf("%q before the token: remove it, the runner adds what the server wants", first)}
	case strings.ContainsFunc(text, unicode.IsSpace):
		err = &misheldError{s, "white space inside its value, which no token has"}
	case len(text) == idLength && onlyHex(text):
		err = &misheldError{s, fmt.Sprintf("%d digits, as a token's public id has: the token has %d, and is shown once, when it is made",
			len(text), tokenLength)}
	case s.Env != "" && (text == s.Env || strings.HasPrefix(text, s.Env+"=")):
		err = &misheldError{s, "its own name: it should hold the token alone"}
	case len(text) >= fewestDigits && len(text) != tokenLength && onlyHex(text):
		err = &misheldError{s, fmt.Sprintf("%d digits, and a Speckle token has %d: was it copied whole?", len(text), tokenLength)}
	}
	if err != nil {
		return Value{}, err
	}
	return value, nil
}

func onlyHex(text string) bool {
	for i := range len(text) {
		if !isHex(text[i]) {
			return false
		}
	}
	return true
}
