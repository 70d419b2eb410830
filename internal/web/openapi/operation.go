package openapi

import "reflect"

// Operation is one thing that can be asked.
type Operation struct {
	Method, Path string // the path with its wildcards, {job}
	ID           string // for who makes a client of the document
	Tag          string
	Summary      string
	Open         bool // needs no token
	Parameters   []Parameter
	Answers      []Answer
	Fails        []int // statuses of API.Failures
}

// Parameter is what may stand in an address or a header.
type Parameter struct {
	Name, In    string // In is "query", "path" or "header"
	Description string
	Type        reflect.Type
	Format      string
	Repeated    bool
	Most        int // of a number from 1 on; 0: it has no bound
}

// Answer is what comes with a status.
type Answer struct {
	Status      int
	Description string
	Kind        string       // the content's type
	Body        reflect.Type // nil: there is none
	Headers     []Header
}

// Header is what an answer says beside its body. It may be missing where
// Sometimes is set.
type Header struct {
	Name, Description string
	Sometimes         bool
}

// API is everything that a document tells.
type API struct {
	Title, Description, Version string
	Server                      string // the address that paths are below
	Token                       string // what is said of the token
	Operations                  []Operation
	// Wildcards are what may stand in paths, by name.
	Wildcards map[string]Parameter
	// Failures are the answers that any operation may give, by status.
	Failures map[int]Answer
	// Enums are the values of types that have no others.
	Enums map[reflect.Type][]string
	// Words say what a field means, by its type's and its own name, "Run.tick".
	Words map[string]string
	// Null names fields of lists that are null for none, as Words does.
	Null map[string]bool
}
