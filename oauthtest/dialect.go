package oauthtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Dialect is how the server of one vendor differs from the specifications, and
// from those of other vendors: its paths, what it checks of a request in which
// order, what its reply looks like, and how it says no. [Config.Vendor] chooses it.
//
// What is known of a vendor is what its documentation and others' recorded
// answers say; a dialect is for the tests of a client, and proves nothing about
// the vendor's server of today.
type Dialect struct {
	// Name is the word for Config.Vendor, such as "docusign".
	Name string
	// Title says which server and which flow.
	Title string
	// Shape is what the client sends: A a secret, B an assertion as client
	// authentication, C an assertion as the grant, D a self-signed JWT as the
	// token, E a JWT for each request, F several steps, G a token from elsewhere.
	Shape string
	// Rules are what it holds a request to, one sentence each.
	Rules []string
	// Refusals are the ways in which it says no.
	Refusals []VendorRefusal

	tokenPath string            // {tenant} is a variable; empty: it has no token endpoint
	apiPath   string            // where it judges a token; the first of its routes
	routes    map[string]route  // further paths
	values    map[string]string // the variables of the paths

	config   func(*Config)           // what the zero value of a field means
	register func(*Server, *Account) // the client that is registered

	before        func(*Server, *request) *refusal                    // first of all
	authenticate  func(*Server, *request) (*caller, *refusal)         // instead of Server.authenticateClient
	schemes       []string                                            // other words for Basic
	assertionIn   string                                              // the parameter of a client assertion; empty: client_assertion
	claimedClient func(*request) string                               // whom a client assertion speaks for; nil: sub
	rules         func(*Server, *request, *assertionRules)            // of its assertions
	grants        map[string]string                                   // grant_type to grant; nil: the usual ones
	own           map[string]grantFunc                                // grants that nobody else has
	after         func(*Server, *request, *caller, *granted) *refusal // of a grant that is good otherwise
	reply         func(*Server, *request, *accessToken, map[string]any)
	sameToken     bool // a token is given out again until it ends
	created       bool // the answer to a good request is 201
	resource      func(*Server, *request) *answer

	document string // of Jeton, see Account.Document
}

// route is a path that a vendor has beside the token endpoint and the API.
type route struct {
	endpoint string // its name in Recorded.Endpoint
	work     func(*Server, *request) *answer
}

// VendorRefusal is one way in which a vendor refuses a request.
type VendorRefusal struct {
	// Name for Config.VendorFault and Server.VendorFault: the vendor's own word or
	// number where it has one.
	Name string
	// Status and Body of the answer. In the body {reason} stands for what was
	// wrong, {client}, {scope}, {grant_type}, {audience} and {tenant} for what was
	// sent, {id} for a random UUID, {time} for the time of the answer.
	Status int
	Body   string
	// Header has further header fields.
	Header map[string]string
	// Means says it in plain words.
	Means string
	// How to get it with a wrong request. Empty: by its name alone.
	How string
	// Resource: it is an answer of the API, and not of the token endpoint.
	Resource bool
	// Hangup: the connection ends without an answer.
	Hangup bool

	checks []string // the words of refusal.fine and refusal.check that lead here; * is every other
}

// Vendors are the names for Config.Vendor, sorted.
func Vendors() []string { return slices.Sorted(maps.Keys(dialects())) }

// VendorDialect returns what is known of a vendor, or nil.
func VendorDialect(name string) *Dialect { return dialects()[name] }

// dialects is the table of vendors. A new one is a line here and a function.
var dialects = sync.OnceValue(func() map[string]*Dialect {
	all := map[string]*Dialect{}
	for _, d := range slices.Concat(
		entraDialects(), googleDialects(), salesforceDialects(), identityDialects(), oktaDialects(),
		signingDialects(), selfIssuedDialects(), suiteDialects(), sapDialects(), secretDialects(), publicDialects(),
	) {
		all[d.Name] = d
	}
	return all
})

// useVendor fills what the dialect says into the zero fields of the configuration.
func (c *Config) useVendor() (*Dialect, error) {
	if c.Vendor == "" {
		if c.VendorFault != "" {
			return nil, fmt.Errorf("vendor fault %q without a vendor", c.VendorFault)
		}
		return nil, nil
	}
	d := VendorDialect(c.Vendor)
	if d == nil {
		return nil, fmt.Errorf("unknown vendor %q: there are %s", c.Vendor, strings.Join(Vendors(), ", "))
	}
	if c.VendorFault != "" && d.refusalNamed(c.VendorFault) == nil {
		return nil, fmt.Errorf("the vendor %s has no refusal %q: there are %s", d.Name, c.VendorFault, strings.Join(d.refusalNames(), ", "))
	}
	c.PKCE = orDefault(c.PKCE, PKCEOptional)
	c.DPoP = orDefault(c.DPoP, DPoPIgnored)
	if d.config != nil {
		d.config(c)
	}
	return d, nil
}

// setDPoP is for vendors that know DPoP, unless the test says otherwise.
func setDPoP(c *Config, mode DPoPMode) {
	if c.DPoP == DPoPIgnored {
		c.DPoP = mode
	}
}

// open registers the client of the vendor, when the server's addresses are known.
func (s *Server) open() {
	if s.dialect == nil {
		return
	}
	s.account = newAccount(s)
	s.dialect.register(s, &s.account)
	s.account.Document = s.document(s.dialect.document)
	if s.cfg.VendorFault != "" {
		s.Fault(s.VendorFault(s.cfg.VendorFault))
	}
}

// VendorFault is the refusal of the vendor with that name, for [Server.Next] and
// [Server.Fault]: whatever is sent, it is refused so. It panics for a name that
// is not in [Dialect.Refusals].
func (s *Server) VendorFault(name string) Fault {
	var r *VendorRefusal
	if s.dialect != nil {
		r = s.dialect.refusalNamed(name)
	}
	if r == nil {
		panic(fmt.Sprintf("oauthtest: the vendor %q has no refusal %q", s.cfg.Vendor, name))
	}
	f := Fault{Status: r.Status, Body: r.fill(s, nil, ""), Header: http.Header{}, Hangup: r.Hangup}
	if r.Resource {
		f.Endpoint = pathResource
	}
	for name, value := range r.Header {
		f.Header.Set(name, value)
	}
	return f
}

// variant is the same server with the client of another flow.
func (d *Dialect) variant(name, title, shape, document string) *Dialect {
	other := *d
	other.Name, other.Title, other.Shape, other.document = name, title, shape, document
	return &other
}

func (d *Dialect) refusalNames() (names []string) {
	for _, r := range d.Refusals {
		names = append(names, r.Name)
	}
	return names
}

func (d *Dialect) refusalNamed(name string) *VendorRefusal {
	for i, r := range d.Refusals {
		if r.Name == name {
			return &d.Refusals[i]
		}
	}
	return nil
}

// refusalFor finds what the vendor says about a check: by the finer word first,
// and by what stands for all others last.
func (d *Dialect) refusalFor(r *refusal, resource bool) *VendorRefusal {
	for _, word := range []string{r.fine, r.check, "*"} {
		for i, known := range d.Refusals {
			if word != "" && known.Resource == resource && slices.Contains(known.checks, word) {
				return &d.Refusals[i]
			}
		}
	}
	return nil
}

// takesScheme reports another word for Basic.
func (d *Dialect) takesScheme(scheme string) bool {
	return d != nil && slices.ContainsFunc(d.schemes, func(s string) bool { return strings.EqualFold(s, scheme) })
}

// no is a refusal of the token endpoint: what leads to it is the words of checks.
func no(name string, status int, body, means, how string, checks ...string) VendorRefusal {
	return VendorRefusal{Name: name, Status: status, Body: body, Means: means, How: how, checks: checks}
}

// noAPI is a refusal of the API.
func noAPI(name string, status int, body, means, how string, checks ...string) VendorRefusal {
	return VendorRefusal{Name: name, Status: status, Body: body, Means: means, How: how, checks: checks, Resource: true}
}

// lostPage is what a web server says of a path that it does not have.
func lostPage(status int, text string) VendorRefusal {
	return no("wrong_path", status, text, "there is nothing at this path", "another token_url", "path")
}
