package org.trefoil.contributor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.tls.Identity;

/**
 * Contributes for everybody in a folder, each with an identity and connections of its own: {@code
 * NAME/key.pem, NAME/cert.pem, NAME/ca.pem, NAME/rows.csv}.
 */
record Everybody(String addresses, String table, Path folder, Duration patience) {
  /** How many were taken, and why others were not. */
  record Outcome(int accepted, List<String> refused) {}

  /** Contributes for all, several at a time. */
  Outcome contribute(int threads) {
    List<Path> members;
    try (Stream<Path> found = Files.list(folder)) {
      members = found.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> refused = new ArrayList<>();
    ExecutorService pool = java.util.concurrent.Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> all = new ArrayList<>();
      members.forEach(member -> all.add(pool.submit(() -> one(member))));
      for (int i = 0; i < all.size(); i++) {
        try {
          all.get(i).get();
        } catch (ExecutionException e) {
          refused.add(members.get(i).getFileName() + ": " + reason(e.getCause()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      pool.shutdownNow();
    }
    return new Outcome(members.size() - refused.size(), refused);
  }

  private void one(Path member) {
    try (Executors executors = Executors.at(addresses, Identity.load(member))) {
      Invitation invitation = Invitation.await(executors, table, patience);
      Contribution.share(
          executors,
          invitation,
          CsvRows.read(
              member.resolve("rows.csv"),
              invitation.table().fields(),
              invitation.contributed().rule().rows()));
    }
  }

  private static String reason(Throwable cause) {
    return TrefoilException.in(cause)
        .map(TrefoilException::getMessage)
        .orElse(cause.getClass().getSimpleName());
  }
}
