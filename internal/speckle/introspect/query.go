// Package introspect turns what a GraphQL server says of its own schema into
// one that queries can be checked against. It never talks to a server: the
// caller sends Query and hands over what came back, which is not trusted.
package introspect

// Query asks for a schema without its descriptions. It uses nothing newer than
// GraphQL's edition of 2018, and no directive is in its answer: servers don't
// tell which ones are applied to a field.
const Query = `query Introspection {
  __schema {
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    types {
      kind
      name
      fields(includeDeprecated: true) { name args { ...Input } type { ...Type } isDeprecated }
      inputFields { ...Input }
      interfaces { name }
      enumValues(includeDeprecated: true) { name }
      possibleTypes { name }
    }
    directives { name locations args { ...Input } }
  }
}

fragment Input on __InputValue { name type { ...Type } defaultValue }

fragment Type on __Type {
  kind
  name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } }
}
`
