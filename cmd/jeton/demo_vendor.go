package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton/oauthtest"
	"github.com/jeton-oauth/jeton/provider"
)

// vendorDemo is what the flags of demo say about the simulator.
type vendorDemo struct{ vendor, listen, fault string }

func (d *vendorDemo) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.vendor, "vendor", "", "simulate the server of this `VENDOR` until interrupted; list shows which there are")
	cmd.Flags().StringVar(&d.listen, "listen", "127.0.0.1:0", "`ADDRESS` where the simulator listens, with a port, or 0 for a free one")
	cmd.Flags().StringVar(&d.fault, "fault", "", "refuse every request with this `REFUSAL` of the vendor")
	_ = cmd.RegisterFlagCompletionFunc("vendor", cobra.FixedCompletions(append(oauthtest.Vendors(), "list"), cobra.ShellCompDirectiveNoFileComp))
}

// simulate serves as a vendor does until the context ends.
func (p *program) simulate(ctx context.Context, cmd *cobra.Command, d *vendorDemo) error {
	if d.vendor == "list" {
		return p.listVendors()
	}
	known := oauthtest.VendorDialect(d.vendor)
	if known == nil {
		return usagef(cmd, "unknown vendor %q; --vendor list shows which there are", d.vendor)
	}
	names := []string{}
	for _, r := range known.Refusals {
		names = append(names, r.Name)
	}
	if d.fault != "" && !slices.Contains(names, d.fault) {
		return usagef(cmd, "%s has no refusal %q; there are: %s", d.vendor, d.fault, strings.Join(names, ", "))
	}
	server, err := oauthtest.Start(oauthtest.Config{Vendor: d.vendor, VendorFault: d.fault, Addr: d.listen})
	if err != nil {
		return fmt.Errorf("cannot start the simulator: %w", err)
	}
	defer server.Close()
	dir, err := writeAccount(server.Account(), d.vendor)
	if dir != "" {
		defer os.RemoveAll(dir)
	}
	if err != nil {
		return fmt.Errorf("cannot write the files of the client: %w", err)
	}
	p.describeSimulator(server, known, dir, d.fault)
	<-ctx.Done()
	return nil
}

func (p *program) listVendors() error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VENDOR\tSHAPE\tSERVER AND FLOW")
	for _, name := range oauthtest.Vendors() {
		d := oauthtest.VendorDialect(name)
		fmt.Fprintf(w, "%s\t%s\t%s\n", d.Name, d.Shape, d.Title)
	}
	return w.Flush()
}

// writeAccount writes what the vendor hands to its client, for its owner alone.
// The folder is returned also with an error, to be removed.
func writeAccount(a oauthtest.Account, vendor string) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "jeton-"+vendor+"-"); err != nil {
		return "", err
	}
	files := maps.Clone(a.Files)
	files["connection.yaml"] = []byte(simulatorDocument(a, vendor))
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return dir, err
		}
	}
	return dir, nil
}

var providerLine = regexp.MustCompile(`(?m)^provider: .*\n`)

// simulatorDocument names the preset of the vendor, if the catalogue has one.
func simulatorDocument(a oauthtest.Account, vendor string) string {
	if _, err := provider.Get(vendor); err != nil {
		return providerLine.ReplaceAllString(a.Document, "")
	}
	return a.Document
}

// describeSimulator says where it is, how to use it, and what it refuses. The
// secrets are in the files.
func (p *program) describeSimulator(s *oauthtest.Server, d *oauthtest.Dialect, dir, fault string) {
	out := p.stdout
	fmt.Fprintf(out, "%s: a simulator listens on %s.\n", d.Title, s.URL)
	if s.TokenURL() != s.URL {
		fmt.Fprintf(out, "  token endpoint  %s\n", s.TokenURL())
	}
	if s.MTLSTokenURL() != "" {
		fmt.Fprintf(out, "  with a client certificate  %s\n", s.MTLSTokenURL())
	}
	fmt.Fprintf(out, "  API             %s\n", s.ResourceURL())
	if fault != "" {
		fmt.Fprintf(out, "  every request is refused with %s\n", fault)
	}
	fmt.Fprintf(out, "\nThe connection document, and the files that it names, are in %s until this ends:\n\n%s\n", dir, indent(simulatorDocument(s.Account(), d.Name)))
	fmt.Fprintf(out, "  jeton test -f %s --probe\n", filepath.Join(dir, "connection.yaml"))
	fmt.Fprintf(out, "\nIt checks:\n\n")
	for _, rule := range d.Rules {
		fmt.Fprintf(out, "  - %s\n", rule)
	}
	fmt.Fprintf(out, "\nIts refusals, and how to get them; all of them with --fault NAME:\n\n")
	describeRefusals(out, d)
	fmt.Fprintf(out, "\nStop with Ctrl-C.\n")
}

func describeRefusals(out io.Writer, d *oauthtest.Dialect) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range d.Refusals {
		name := r.Name
		if strings.Contains(name, " ") {
			name = `"` + name + `"`
		}
		status := fmt.Sprint(r.Status)
		if r.Hangup {
			status = "-"
		}
		how := r.How
		if how == "" {
			how = "--fault alone"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t(%s)\n", name, status, r.Means, how)
	}
	_ = w.Flush() // a pipe that closes early ends the demo quietly
}
