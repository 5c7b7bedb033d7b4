package doctree

// Merge fills into root what defaults has and root has not, mapping by mapping,
// and returns the paths of what was filled. A list or scalar of root stays whole;
// null counts as not written. The nodes of defaults lose their lines, which are of
// another document; defaults is not to be used again.
func Merge(root, defaults *Node) (filled []string) {
	return mergeInto(root, defaults, "")
}

func mergeInto(n, defaults *Node, path string) (filled []string) {
	for _, m := range defaults.Members {
		own, at := n.Member(m.Name), FieldPath(path, m.Name)
		switch {
		case own != nil && own.Kind == Mapping && m.Value.Kind == Mapping:
			filled = append(filled, mergeInto(own, m.Value, at)...)
			continue
		case own != nil && !own.IsNull():
			continue
		}
		m.Line = 0
		m.Value.forgetLines()
		if own != nil {
			*own = *m.Value
		} else {
			n.Members = append(n.Members, m)
		}
		filled = append(filled, m.Value.leaves(at)...)
	}
	return filled
}

func (n *Node) forgetLines() {
	n.Line = 0
	for _, item := range n.Items {
		item.forgetLines()
	}
	for i := range n.Members {
		n.Members[i].Line = 0
		n.Members[i].Value.forgetLines()
	}
}

// leaves are the paths of the values below a node; a list is one value.
func (n *Node) leaves(path string) []string {
	if n.Kind != Mapping {
		return []string{path}
	}
	var list []string
	for _, m := range n.Members {
		list = append(list, m.Value.leaves(FieldPath(path, m.Name))...)
	}
	return list
}
