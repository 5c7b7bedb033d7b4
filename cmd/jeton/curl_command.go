package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
)

// curlCommand is a command line of curl, read as curl reads it.
type curlCommand struct {
	cmd *cobra.Command // for messages
	// args are those that curl will get, but for the URLs.
	args []string
	urls []*url.URL
	// given are the values of every option by its long name; a switch has "".
	given map[string][]string
}

// readCurl reads the arguments after --. An option that it does not know, or
// that would show or mislead the token, is refused: nothing is passed on unread.
func readCurl(cmd *cobra.Command, argv []string) (*curlCommand, error) {
	c := &curlCommand{cmd: cmd, given: map[string][]string{}}
	known := newCurlOptions()
	onlyURLs := false
	for len(argv) > 0 {
		arg := argv[0]
		argv = argv[1:]
		var err error
		switch {
		case onlyURLs || arg == "-" || !strings.HasPrefix(arg, "-"):
			err = c.addURL(arg)
		case arg == "--":
			onlyURLs = true
		case strings.HasPrefix(arg, "--"):
			argv, err = c.long(known, arg[2:], argv)
		default:
			argv, err = c.cluster(known, arg[1:], argv)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(c.urls) == 0 {
		return nil, usagef(cmd, "a URL is missing after --")
	}
	return c, nil
}

// addURL takes a URL in the one form that curl and we read alike: the parsed
// one is what curl gets.
func (c *curlCommand) addURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return usagef(c.cmd, "each URL has to be whole, such as https://api.example.com/v2/me; write curl's options in full before it")
	}
	if u.User != nil {
		return usagef(c.cmd, "a URL with user information would send that beside the token; remove it")
	}
	u.Fragment, u.RawFragment = "", ""
	c.urls = append(c.urls, u)
	return nil
}

// long reads --name and its value, if it takes one.
func (c *curlCommand) long(known curlOptions, name string, rest []string) ([]string, error) {
	plain := strings.TrimPrefix(name, "no-")
	switch {
	case c.refused(name) != nil:
		return nil, c.refused(name)
	case known.withValue[name]:
		if len(rest) == 0 {
			return nil, usagef(c.cmd, "curl's --%s takes a value", name)
		}
		return rest[1:], c.take(name, "--"+name, rest[0])
	case known.without[plain]:
		c.args = append(c.args, "--"+name)
		c.given[name] = append(c.given[name], "")
		return rest, nil
	case name == "disable": // is there in any case
		return rest, nil
	}
	return nil, c.unknown("--" + name)
}

// cluster reads short options: -sSLo FILE, -XPOST.
func (c *curlCommand) cluster(known curlOptions, letters string, rest []string) ([]string, error) {
	for i := range len(letters) {
		name := known.short[letters[i]]
		switch {
		case name != "" && c.refused(name) != nil:
			return nil, c.refused(name)
		case known.withValue[name]:
			value := letters[i+1:]
			if value == "" {
				if len(rest) == 0 {
					return nil, usagef(c.cmd, "curl's -%c takes a value", letters[i])
				}
				value, rest = rest[0], rest[1:]
			}
			return rest, c.take(name, "--"+name, value)
		case known.without[strings.TrimPrefix(name, "no-")]:
			if name != "disable" {
				c.args = append(c.args, "--"+name)
			}
			c.given[name] = append(c.given[name], "")
		default:
			return nil, c.unknown("-" + letters[i:i+1])
		}
	}
	return rest, nil
}

// take notes an option with a value.
func (c *curlCommand) take(name, written, value string) error {
	if name == "url" {
		return c.addURL(value)
	}
	c.given[name] = append(c.given[name], value)
	c.args = append(c.args, written, value)
	return nil
}

func (c *curlCommand) refused(name string) error {
	if why, ok := curlRefused[name]; ok {
		return usagef(c.cmd, "curl's --%s cannot be used here: %s", name, why)
	}
	return nil
}

// unknown does not repeat what does not look like an option: it may be a secret.
func (c *curlCommand) unknown(written string) error {
	if strings.ContainsFunc(written, func(r rune) bool {
		return !(r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}) || len(written) > 30 {
		return usagef(c.cmd, "an option after -- is not known here; write options in full and their values as the next word, without =")
	}
	return usagef(c.cmd, "curl's option %s is not known here; write options in full and their values as the next word", written)
}

func (c *curlCommand) has(name string) bool { return len(c.given[name]) > 0 }

// check holds the command against the header fields that will be added, and
// against the rules of the connection's resource.
func (c *curlCommand) check(names []string) error {
	if err := c.checkHead(); err != nil {
		return err
	}
	for _, written := range c.given["header"] {
		name, _, _ := strings.Cut(written, ":")
		name = strings.TrimSpace(strings.TrimSuffix(name, ";"))
		switch {
		case strings.HasPrefix(written, "@"):
			return usagef(c.cmd, "curl's --header @FILE may hold the header of the token; write the headers here")
		case strings.EqualFold(name, "host"):
			return usagef(c.cmd, "a Host header of its own would lead the token elsewhere than the URL says")
		case slices.ContainsFunc(names, func(own string) bool { return inject.SameField(own, name) }):
			return usagef(c.cmd, "the header %s is the one that Jeton writes; remove it", http.CanonicalHeaderKey(names[0]))
		}
	}
	if slices.ContainsFunc(names, func(own string) bool { return inject.SameField(own, "Authorization") }) {
		for _, name := range curlCredentials {
			if c.has(name) {
				return usagef(c.cmd, "curl's --%s would replace the token", name)
			}
		}
	}
	for _, name := range curlRouting {
		if c.has(name) && slices.ContainsFunc(c.urls, func(u *url.URL) bool { return u.Scheme == "http" }) {
			return usagef(c.cmd, "with an http URL curl's --%s would send the token in the clear to another place", name)
		}
	}
	return nil
}

// checkHead refuses values with which the request that is sent is another than
// the one that was looked at: curl sends "GET /other HTTP/1.1" as a method.
func (c *curlCommand) checkHead() error {
	for _, name := range curlInHead {
		for _, value := range c.given[name] {
			if strings.ContainsFunc(value, func(r rune) bool { return isControl(r) && r != '\t' }) {
				return usagef(c.cmd, "the value of curl's --%s has a control character, which could begin another header or another request", name)
			}
		}
	}
	for _, method := range c.given["request"] {
		if method == "" || strings.ContainsFunc(method, func(r rune) bool {
			return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
		}) {
			return usagef(c.cmd, "curl's --request takes a method alone, such as PATCH (RFC 9110 section 9.1); the path is that of the URL")
		}
	}
	return nil
}

// method is the method that curl will use.
func (c *curlCommand) method() string {
	switch {
	case c.has("request"):
		return c.given["request"][len(c.given["request"])-1]
	case c.has("head"):
		return http.MethodHead
	case c.has("upload-file"):
		return http.MethodPut
	case c.has("get"):
		return http.MethodGet
	}
	for _, name := range []string{"data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json", "form", "form-string"} {
		if c.has(name) {
			return http.MethodPost
		}
	}
	return http.MethodGet
}

// bound refuses what cannot go with a DPoP proof, which is for one request.
func (c *curlCommand) bound(t *jeton.Token) error {
	if t.TokenType != "DPoP" {
		return nil
	}
	for _, name := range []string{"location", "retry", "parallel"} {
		if c.has(name) {
			return usagef(c.cmd, "the token is bound to a key, and its proof is for one request: curl's --%s cannot be used with it", name)
		}
	}
	if len(c.urls) > 1 {
		return usagef(c.cmd, "the token is bound to a key, and its proof is for one request: give one URL")
	}
	return nil
}
