package address

import (
	"net/url"
	"strings"
)

// Parse reads an address. An error is an *Error.
func Parse(text string) (Address, error) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return Address{}, &Error{Message: "this isn't the address of a place in storage",
			Hint: "write it as in s3://my-bucket/exports/{date}.csv"}
	}
	a := Address{Scheme: scheme}
	if err := badScheme(scheme); err != nil {
		return a, err
	}
	rest, query, asked := strings.Cut(rest, "?")
	a.Bucket, a.Key, _ = strings.Cut(rest, "/")
	if err := badBucket(a); err != nil {
		return a, err
	}
	if err := badKey(a); err != nil {
		return a, err
	}
	var err error
	if a.Settings, err = url.ParseQuery(query); err != nil || asked && query == "" {
		return a, &Error{Message: "the settings behind ? can't be read", Hint: "write them as in ?region=eu-west-1&use_path_style=true"}
	}
	return a, badSettings(a)
}
