# The Chinese of the words in the table of heaps, which firmware/c/weigh writes in English: for scripts/measure.
/^<!-- heaps -->$/,/^<!-- end of heaps -->$/ {
    s/| heap |/| 堆 |/
    s/| allocate, free |/| 申请、释放 |/
    s/| and reallocate |/| 加上重新分配 |/
    s/| variables |/| 变量 |/
    s/| lost of 32 KiB |/| 32 KiB 中损失 |/
    s/| a block for 8 \/ 24 \/ 100 |/| 申请 8 \/ 24 \/ 100 时的块 |/
    s/| a free verifies |/| 释放时检查 |/
    s/| litepool, Rust, `Pool256K` |/| litepool，Rust，`Pool256K` |/
    s/| its pointer, header and neighbours |/| 指针、块头和相邻块 |/
    s/| litepool, C, `liteos-m` as it comes |/| litepool，C，默认的 `liteos-m` |/
    s/| litepool, C, one pool of up to 256 KiB, no owners |/| litepool，C，一个不超过 256 KiB 的内存池，无所有者 |/
    s/| the same, links proved only |/| 同上，只检查链接 |/
    s/| litepool, C, `bestfit_little`, one pool |/| litepool，C，`bestfit_little`，一个内存池 |/
    s/| nothing |/| 不检查 |/
    s/| that it does not begin in a free block: else `errno` |/| 不位于空闲块之内：否则设置 `errno` |/
    s/| that it overlaps no free neighbour: else a panic |/| 与相邻的空闲块不重叠：否则 panic |/
    s/| heap_4 of FreeRTOS, without `configASSERT` \[1\] |/| FreeRTOS 的 heap_4，不用 `configASSERT` \[1\] |/
    s/| heap_4, with `configASSERT` \[1\] |/| heap_4，使用 `configASSERT` \[1\] |/
    s/| that its header says used, and lies in the heap: else an assertion |/| 块头标记为已用且位于堆中：否则断言失败 |/
    s/| LiteOS-M's own \[2\] |/| LiteOS-M 自己的 \[2\] |/
    s/| its header, and the links of both neighbours |/| 块头，以及两个相邻节点的链接 |/
}
