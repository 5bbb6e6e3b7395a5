package org.trefoil.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** What the operating system (Linux) says of a process. */
public final class ProcessFigures {
  private ProcessFigures() {}

  /** CPU seconds since the process began, compiler and collector included. */
  public static double cpuSeconds(long pid) {
    try {
      String stat = Files.readString(proc(pid).resolve("stat"));
      // The second field, the command, may hold spaces; after it, utime and stime are 12 and 13.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
      return ticks / (double) TICKS_PER_SECOND;
    } catch (IOException e) {
      return ProcessHandle.of(pid)
          .flatMap(process -> process.info().totalCpuDuration())
          .map(cpu -> cpu.toNanos() / (double) TimeUnit.SECONDS.toNanos(1))
          .orElse(0.0);
    }
  }

  /** Linux tells CPU time in hundredths of a second, whatever its own clock. */
  private static final long TICKS_PER_SECOND = 100;

  /**
   * The most memory the process has held since it began or {@link #forgetPeak}; null if unknown.
   */
  public static Long peakRssMegabytes(long pid) {
    try {
      for (String line : Files.readAllLines(proc(pid).resolve("status"))) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
        }
      }
    } catch (IOException e) {
      return null;
    }
    return null;
  }

  /** Counts the peak of memory anew, where the system lets us. */
  public static void forgetPeak(long pid) {
    try {
      Files.writeString(proc(pid).resolve("clear_refs"), "5");
    } catch (IOException e) {
      // Then the peak counts from the start of the process: never too low.
    }
  }

  private static Path proc(long pid) {
    return Path.of("/proc", Long.toString(pid));
  }
}
