// Package openapi makes an OpenAPI 3.1 document of operations that Go values
// describe: their paths, parameters, and the Go types that they answer with. It
// never serves anything, knows no path of its own, and what it says of a type is
// what encoding/json makes of it.
package openapi
