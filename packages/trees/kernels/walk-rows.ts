/**
 * Walks rows down a tree, eight abreast: while one waits for memory, the others go on. Addresses are in bytes.
 *
 * A node takes 16 bytes: where its value lies in a row; the address of its first child, which the second one follows; a
 * float32 threshold; a sign bit. A row goes to the second child where its value, its sign changed by that bit, is above the
 * threshold, so missing values (NaN) go to the first. A leaf is its own first child, its threshold is infinite, and in place
 * of the sign bit it has its number.
 */

@inline
function step(node: usize, row: usize): usize {
  const value = reinterpret<f32>(load<u32>(row + load<u32>(node)) ^ load<u32>(node, 12));
  return load<u32>(node, 4) + ((<usize>(load<f32>(node, 8) < value)) << 4);
}

/**
 * @param rows where the rows lie, each of `stride` bytes and one after another; `count`, a multiple of 8, of them.
 * @param leaves where to write the number of each row's leaf.
 */
export function walk(root: usize, rows: usize, stride: usize, count: i32, leaves: usize): void {
  const end = leaves + ((<usize>count) << 2);
  while (leaves < end) {
    const row1 = rows + stride;
    const row2 = row1 + stride;
    const row3 = row2 + stride;
    const row4 = row3 + stride;
    const row5 = row4 + stride;
    const row6 = row5 + stride;
    const row7 = row6 + stride;
    let node0 = root;
    let node1 = root;
    let node2 = root;
    let node3 = root;
    let node4 = root;
    let node5 = root;
    let node6 = root;
    let node7 = root;
    while (true) {
      const next0 = step(node0, rows);
      const next1 = step(node1, row1);
      const next2 = step(node2, row2);
      const next3 = step(node3, row3);
      const next4 = step(node4, row4);
      const next5 = step(node5, row5);
      const next6 = step(node6, row6);
      const next7 = step(node7, row7);
      const moved =
        (next0 ^ node0) |
        (next1 ^ node1) |
        (next2 ^ node2) |
        (next3 ^ node3) |
        (next4 ^ node4) |
        (next5 ^ node5) |
        (next6 ^ node6) |
        (next7 ^ node7);
      if (moved == 0) break;
      node0 = next0;
      node1 = next1;
      node2 = next2;
      node3 = next3;
      node4 = next4;
      node5 = next5;
      node6 = next6;
      node7 = next7;
    }
    store<u32>(leaves, load<u32>(node0, 12));
    store<u32>(leaves, load<u32>(node1, 12), 4);
    store<u32>(leaves, load<u32>(node2, 12), 8);
    store<u32>(leaves, load<u32>(node3, 12), 12);
    store<u32>(leaves, load<u32>(node4, 12), 16);
    store<u32>(leaves, load<u32>(node5, 12), 20);
    store<u32>(leaves, load<u32>(node6, 12), 24);
    store<u32>(leaves, load<u32>(node7, 12), 28);
    leaves += 32;
    rows = row7 + stride;
  }
}
