package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// maxNodes bounds what aliases may blow a file up to: a file of a MiB has
// fewer values of its own.
const maxNodes = 400_000

// Decode reads the file's one document. Only this file and syntax.go know the
// YAML library; all else works on nodes.
func Decode(src *Text, data []byte, problems *Collector) *Node {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document yaml.Node
	switch err := next(decoder, &document); {
	case errors.Is(err, io.EOF) || err == nil && len(document.Content) == 0:
		problems.Add(src, 1, 1, Problem{Message: "the file is empty", Hint: "runner init writes a first one"})
		return nil
	case err != nil:
		problems.syntax(src, err)
		return nil
	}
	var second yaml.Node
	if err := next(decoder, &second); err == nil {
		problems.Add(src, second.Line, second.Column, Problem{Message: "a second YAML document",
			Hint: "put all jobs below one jobs: key and remove the line ---"})
		return nil
	} else if !errors.Is(err, io.EOF) {
		problems.syntax(src, err)
		return nil
	}
	c := converter{src: src, problems: problems, done: map[*yaml.Node]*Node{}, sizes: map[*Node]int{}}
	root := c.convert(document.Content[0])
	if c.stop {
		return nil
	}
	return root
}

// converter turns YAML's nodes into ours: aliases followed, merges done.
type converter struct {
	src      *Text
	problems *Collector
	done     map[*yaml.Node]*Node // nil while it is being converted
	sizes    map[*Node]int
	stop     bool // an alias bomb or a circle: the rest isn't worth reading
}

func (c *converter) problem(y *yaml.Node, message, hint string) {
	c.problems.Add(c.src, y.Line, y.Column, Problem{Message: message, Hint: hint})
}

func (c *converter) convert(y *yaml.Node) *Node {
	if y.Kind == yaml.AliasNode {
		target := y.Alias
		if n, known := c.done[target]; known && n == nil {
			c.problem(y, fmt.Sprintf("the anchor &%s holds itself", y.Value), "")
			c.stop = true
			return &Node{Line: y.Line, Col: y.Column}
		}
		return c.convert(target)
	}
	if n := c.done[y]; n != nil {
		return n
	}
	c.done[y] = nil
	n := &Node{Line: y.Line, Col: y.Column}
	size := 1
	switch y.Kind {
	case yaml.SequenceNode:
		n.Kind = KindList
		for _, item := range y.Content {
			n.Items = append(n.Items, c.convert(item))
			size += c.sizes[n.Items[len(n.Items)-1]]
		}
	case yaml.MappingNode:
		n.Kind = KindMapping
		c.mapping(y, n)
		for _, e := range n.Entries {
			size += 1 + c.sizes[e.Value]
		}
	default:
		c.scalar(y, n)
	}
	if size > maxNodes && !c.stop {
		c.problem(y, "aliases blow this up to more than can be read", "write less with anchors")
		c.stop = true
	}
	c.tagged(y, n)
	c.done[y], c.sizes[n] = n, min(size, maxNodes+1)
	return n
}

// mapping reads the keys as they stand, then adds those of merges: a key of
// its own wins over a merged one, an earlier merge over a later.
func (c *converter) mapping(y *yaml.Node, n *Node) {
	var merges []*yaml.Node
	seen := map[string]*Node{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		name, value := y.Content[i], y.Content[i+1]
		if name.Kind == yaml.AliasNode {
			name = name.Alias
		}
		if name.Kind != yaml.ScalarNode {
			c.problem(name, "a key has to be text", "")
			continue
		}
		c.refuseToken(name)
		if name.Tag == "!!merge" {
			merges = append(merges, value)
			continue
		}
		key := &Node{Kind: KindText, Text: c.src.own(name), Line: y.Content[i].Line, Col: y.Content[i].Column}
		if first, again := seen[key.Text]; again {
			c.problem(y.Content[i], fmt.Sprintf("the key %s is here twice, first in line %d", said.Quoted(key.Text), first.Line), "")
			continue
		}
		seen[key.Text] = key
		n.Entries = append(n.Entries, Entry{key, c.convert(value)})
	}
	for _, merge := range merges {
		c.merge(merge, n, seen)
	}
}

func (c *converter) merge(y *yaml.Node, into *Node, seen map[string]*Node) {
	from := c.convert(y)
	list := []*Node{from}
	if from.Kind == KindList {
		list = from.Items
	}
	for _, n := range list {
		if n.Kind != KindMapping {
			c.problem(y, fmt.Sprintf("<< merges mappings, not %s", n.Kind), "write <<: *name, with name an anchor of a mapping")
			continue
		}
		for _, e := range n.Entries {
			if seen[e.Key.Text] == nil {
				seen[e.Key.Text] = e.Key
				into.Entries = append(into.Entries, e)
			}
		}
	}
}

func (c *converter) scalar(y *yaml.Node, n *Node) {
	c.refuseToken(y)
	switch {
	case y.Style&yaml.LiteralStyle != 0:
		n.Style = StyleLiteral
	case y.Style&yaml.FoldedStyle != 0:
		n.Style = StyleFolded
	case y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		n.Style = StyleQuoted
	}
	if n.Style != StylePlain || y.Style&yaml.TaggedStyle != 0 && y.Tag == "!!str" {
		n.Kind, n.Text = KindText, c.src.own(y)
		return
	}
	n.Kind, n.Text, n.Why = Plain(c.src.own(y))
}

// own gives a scalar's value as a part of the file's text, where it stands there letter by
// letter: what is kept of it then keeps nothing of the parser's in memory.
func (s *Text) own(y *yaml.Node) string {
	line, at := s.line(y.Line), y.Column-1
	if y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		at++
	}
	if at >= 0 && at < len(line) && strings.HasPrefix(line[at:], y.Value) {
		return line[at : at+len(y.Value)]
	}
	return y.Value
}

// refuseToken finds a token that takes shape by escapes or by lines that YAML
// joins. One that is written as such was found in the text before.
func (c *converter) refuseToken(y *yaml.Node) {
	if len(secret.FindTokens([]byte(y.Value))) > 0 && !c.src.tokens {
		p := pastedToken()
		c.src.Hide(y.Line, y.Column)
		c.problem(y, p.Message, p.Hint)
	}
}

// tagged refuses tags that would change what a value is: JSON has no place
// for them.
func (c *converter) tagged(y *yaml.Node, n *Node) {
	if y.Style&yaml.TaggedStyle == 0 {
		return
	}
	fits := map[string][]Kind{
		"!!str": {KindText}, "!!map": {KindMapping}, "!!seq": {KindList}, "!!int": {KindNumber}, "!!float": {KindNumber},
		"!!bool": {KindBoolean}, "!!null": {KindNull}, "!!timestamp": {KindText},
	}
	if !slices.Contains(fits[y.Tag], n.Kind) {
		c.problem(y, fmt.Sprintf("the tag %s doesn't fit here", strings.Replace(y.Tag, "tag:yaml.org,2002:", "!!", 1)), "remove it")
	}
}
