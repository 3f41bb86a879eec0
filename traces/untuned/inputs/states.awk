# A graph of a machine's states for dot: clusters, labels, and edges between them.
BEGIN {
    srand(5)
    print "digraph states {\n  rankdir=LR;\n  node [shape=box, fontname=\"Helvetica\"];"
    for (cluster = 0; cluster < 6; cluster++) {
        printf "  subgraph cluster_%d {\n    label=\"unit %d\";\n", cluster, cluster
        for (state = 0; state < 9; state++)
            printf "    s%d_%d [label=\"state %d.%d\\nexit after %d ms\"];\n", cluster, state, cluster, state, int(rand() * 500)
        for (state = 1; state < 9; state++)
            printf "    s%d_%d -> s%d_%d [label=\"e%d\"];\n", cluster, int(rand() * state), cluster, state, int(rand() * 40)
        print "  }"
    }
    for (edge = 0; edge < 30; edge++)
        printf "  s%d_%d -> s%d_%d [style=dashed];\n", int(rand() * 6), int(rand() * 9), int(rand() * 6), int(rand() * 9)
    print "}"
}
