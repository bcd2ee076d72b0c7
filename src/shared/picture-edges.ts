/** How large pictures for people are made. */

/** Longest edges in pixels, by what the size is called; no picture is enlarged to that. */
export const pictureEdges = { thumb: 256, large: 2048, full: 6144 } as const;
