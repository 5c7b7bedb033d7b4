package provider

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/internal/nearest"
)

// Search are the providers of [Catalogue.List] in which every word of a text
// occurs: in the name, the title, the vendor, the summary or the flow.
func (c Catalogue) Search(text string) (found []*Provider) {
	words := strings.Fields(strings.ToLower(text))
	for _, p := range c.List() {
		all := strings.ToLower(strings.Join([]string{p.Name, p.Title, p.Vendor, p.Summary, p.Flow}, "\n"))
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(all, word) }) {
			found = append(found, p)
		}
	}
	return found
}

// maxNearest is how many names are proposed for one that is not known.
const maxNearest = 5

// Nearest are the names that somebody may have meant, the likely ones first:
// those with few slips of the pen, in the whole name or in its first word, and
// those of a vendor that is called so.
func (c Catalogue) Nearest(text string) []string {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" || len(text) > 60 {
		return nil
	}
	text = strings.Map(func(r rune) rune {
		if r == '_' || r == ' ' || r == '.' {
			return '-'
		}
		return r
	}, text)
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	for _, p := range c.List() {
		if distance, ok := p.distance(text); ok {
			near = append(near, candidate{p.Name, distance})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, n := range near[:min(len(near), maxNearest)] {
		if n.distance <= near[0].distance+10 { // the whole name is meant, not only its first word
			names = append(names, n.name)
		}
	}
	return names
}

// distance ranks a name: slips in the whole name, then, from 20 on, what shares
// its first word, and from 40 on a vendor of this name.
func (p *Provider) distance(text string) (int, bool) {
	limit := nearest.Slips(text)
	if d := nearest.Distance(text, p.Name); d <= limit {
		return d, true
	}
	written, _, _ := strings.Cut(text, "-")
	head, _, _ := strings.Cut(p.Name, "-")
	if d := nearest.Distance(written, head); d <= min(limit, nearest.Slips(written)) {
		return 20 + d, true
	}
	if vendor := strings.ToLower(p.Vendor + " " + p.Title); len(written) > 2 && slices.Contains(strings.FieldsFunc(vendor, notWord), written) {
		return 40, true
	}
	return 0, false
}

func notWord(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }

func refused(problem, fix, proposed string) *jeton.Error {
	return jeton.NewError(jeton.DocumentInvalid, jeton.StageConfig, problem, jeton.Finding{Parameter: "provider", Problem: problem, Fix: fix, Proposed: proposed, Certain: true})
}

// showable is what a name looks like; anything else may be a secret in the wrong place.
var showable = regexp.MustCompile(`^[A-Za-z][A-Za-z _.-]{0,39}[0-9]{0,3}(@[0-9]{1,4})?$`)

// unknown names the nearest presets.
func (c Catalogue) unknown(ref, name string) *jeton.Error {
	problem := "there is no preset of this name"
	if showable.MatchString(ref) {
		problem = "there is no preset " + strconv.Quote(ref)
	}
	if versions := c.of(name); len(versions) > 0 { // NAME@x
		newest := versions[len(versions)-1].Ref()
		return refused("the version of the preset "+name+" is no number", "write "+newest, newest)
	}
	const all = "'jeton provider list' has them all"
	switch near := c.Nearest(name); len(near) {
	case 0:
		return refused(problem, all+"; or leave provider out, and write what it would have filled in", "")
	case 1:
		return refused(problem, "write "+near[0]+"; "+all, near[0])
	default:
		return refused(problem, "write one of "+strings.Join(near, ", ")+"; "+all, near[0])
	}
}
