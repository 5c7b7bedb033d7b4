package main

import "strings"

// The options of curl that 'jeton curl' knows, from 'curl --help all' of curl
// 7.88.1 and the release notes up to 8.11: those that take a value, and those
// that do not. An option that is in neither list is refused, for it may take a
// value that then would be read as a URL; so is one that the table refused names.
const (
	curlWithValue = `
abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers connect-timeout connect-to continue-at cookie cookie-jar
create-file-mode crlfile curves data data-ascii data-binary data-raw data-urlencode delegation dns-interface dns-ipv4-addr dns-ipv6-addr
dns-servers doh-url dump-header ech egd-file engine etag-compare etag-save expect100-timeout form form-string happy-eyeballs-timeout-ms
header hsts interface ip-tos json keepalive-cnt keepalive-time key key-type limit-rate local-port max-filesize max-redirs max-time netrc-file noproxy oauth2-bearer output
output-dir parallel-max pass pinnedpubkey preproxy proto proto-default proto-redir proxy proxy-cacert proxy-capath proxy-cert proxy-cert-type
proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers
proxy-tlsauthtype proxy-tlspassword proxy-tlsuser proxy-user proxy1.0 random-file range rate referer request resolve retry retry-delay
retry-max-time service-name signature-algorithms socks4 socks4a socks5 socks5-gssapi-service socks5-hostname speed-limit speed-time time-cond tls-earlydata
tls-max tls13-ciphers trace-config unix-socket upload-file url url-query user user-agent vlan-priority write-out`
	curlWithout = `
alpn anyauth basic ca-native cert-status compressed create-dirs crlf digest disable disallow-username-in-url doh-cert-status
fail fail-early fail-with-body false-start form-escape get globoff haproxy-protocol head http0.9 http1.0 http1.1 http2
http2-prior-knowledge http3 http3-only ignore-content-length include ipv4 ipv6 junk-session-cookies keepalive location
buffer clobber negotiate netrc netrc-optional ntlm ntlm-wb progress-meter sessionid npn parallel parallel-immediate path-as-is post301 post302 post303 progress-bar proxy-anyauth
proxy-basic proxy-ca-native proxy-digest proxy-http2 proxy-negotiate proxy-ntlm proxy-ssl-auto-client-cert proxy-tlsv1 proxytunnel raw remote-header-name
remote-name remote-name-all remote-time remove-on-error retry-all-errors retry-connrefused show-error show-headers silent skip-existing
ssl ssl-auto-client-cert ssl-no-revoke ssl-reqd ssl-revoke-best-effort styled-output suppress-connect-headers tcp-fastopen tcp-nodelay
tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 tr-encoding trace-ids trace-time verbose xattr`
	// curlShort are the letters and what they stand for.
	curlShort = `
0 http1.0 1 tlsv1 2 sslv2 3 sslv3 4 ipv4 6 ipv6 : next A user-agent C continue-at D dump-header E cert F form G get H header I head J remote-header-name
K config L location N no-buffer O remote-name P ftp-port Q quote R remote-time S show-error T upload-file U proxy-user V version
X request Y speed-limit Z parallel a append b cookie c cookie-jar d data e referer f fail g globoff h help i include j junk-session-cookies
k insecure l list-only m max-time n netrc o output p proxytunnel q disable r range s silent t telnet-option u user v verbose w write-out
x proxy y speed-time z time-cond # progress-bar M manual B use-ascii`
)

// curlRefused are options that would show the token, send it elsewhere, or put
// something else in its place; and why.
var curlRefused = map[string]string{
	"config":           "a configuration file may hold any of the options that are refused; write the options here",
	"next":             "the header belongs to the first part of the command alone; run jeton curl once for each",
	"location-trusted": "it sends the token to whatever host a redirect names",
	"insecure":         "the token would go to whoever answers; --cacert FILE makes the server's certificate trusted",
	"proxy-insecure":   "the token would go through whoever answers; use --proxy-cacert FILE",
	"doh-insecure":     "a name server that is not verified decides where the token goes",
	"trace":            "it writes the token to a file; use -v, which masks it here",
	"trace-ascii":      "it writes the token to a file; use -v, which masks it here",
	"libcurl":          "it writes the token to a file",
	"stderr":           "what curl says has to pass here, for -v shows the token",
	"request-target":   "it asks for another path than the URL that was looked at",
	"sslv2":            "this version of TLS is broken",
	"sslv3":            "this version of TLS is broken",
	"metalink":         "the URLs would come from elsewhere",
	"variable":         "it changes other options",
}

// curlCredentials put something else in the place of the Authorization header.
var curlCredentials = []string{"user", "oauth2-bearer", "netrc", "netrc-file", "netrc-optional", "anyauth", "digest", "ntlm", "ntlm-wb", "negotiate", "aws-sigv4", "delegation"}

// curlRouting leads a request elsewhere than its URL says. https holds the other
// end to the name all the same; http does not.
var curlRouting = []string{"proxy", "proxy1.0", "preproxy", "socks4", "socks4a", "socks5", "socks5-hostname", "connect-to", "resolve", "unix-socket",
	"abstract-unix-socket", "dns-servers", "doh-url", "interface", "dns-interface"}

// curlInHead are options whose values curl writes into the head of the request
// as they are: a line break in one would begin another header, or another request.
var curlInHead = []string{"request", "header", "proxy-header", "user-agent", "referer", "cookie", "range", "url-query"}

// curlOptions are the lists as sets.
type curlOptions struct {
	withValue, without map[string]bool
	short              map[byte]string
}

func newCurlOptions() curlOptions {
	o := curlOptions{withValue: map[string]bool{}, without: map[string]bool{}, short: map[byte]string{}}
	for _, name := range strings.Fields(curlWithValue) {
		o.withValue[name] = true
	}
	for _, name := range strings.Fields(curlWithout) {
		o.without[name] = true
	}
	pairs := strings.Fields(curlShort)
	for i := 0; i+1 < len(pairs); i += 2 {
		o.short[pairs[i][0]] = pairs[i+1]
	}
	return o
}
