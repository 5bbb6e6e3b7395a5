package org.trefoil.arrow.cluster;

/**
 * What one executor expects a query to cost among the executors, from the plan, the registered
 * sizes of tables and its links: nothing depends on data.
 *
 * @param bytes payload that the busiest of the three sends
 * @param shuffledSorts whether rounds and bytes follow the random orders of sorts: they are then
 *     expectations, else what will be counted
 * @param seconds of the executors' work, owners not included
 * @param measured whether the links have been measured; else they are taken for those of one
 *     building
 */
public record CostEstimate(
    long rounds, long bytes, boolean shuffledSorts, double seconds, boolean measured) {}
