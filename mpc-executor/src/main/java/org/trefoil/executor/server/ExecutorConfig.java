package org.trefoil.executor.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.Nearest;
import org.trefoil.executor.governance.AuthorizedMode;
import org.trefoil.executor.transport.PeerLinks;

/**
 * The settings of one executor, from a YAML file ({@code .yaml}, {@code .yml}) or a properties file
 * with the same keys; lists are separated by commas there. Paths are relative to the file. An
 * unknown key is refused and the nearest known one named.
 *
 * @param party 0, 1 or 2
 * @param listen where owners and analysts find it (Flight)
 * @param peerListen where its peers find it
 * @param metricsListen where Prometheus finds its figures; absent: nowhere
 * @param peers the three executors' addresses for each other, in the order of parties
 * @param identity a folder with {@code key.pem}, {@code cert.pem} and {@code ca.pem}
 * @param authorized the files of authorized mode; absent in design mode
 */
public record ExecutorConfig(
    int party,
    HostPort listen,
    HostPort peerListen,
    Optional<HostPort> metricsListen,
    List<HostPort> peers,
    Path identity,
    Limits limits,
    Timeouts timeouts,
    Optional<AuthorizedMode> authorized) {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|min|h)");
  private static final List<String> KEYS =
      List.of(
          "party",
          "mode",
          "listen",
          "peer-listen",
          "metrics-listen",
          "peers",
          "identity",
          "roster",
          "signing-key",
          "ledger",
          "max-queries",
          "max-rows",
          "max-upload-mib",
          "threads",
          "peer-timeout",
          "owner-timeout",
          "inputs-timeout",
          "result-timeout",
          "ticket-lifetime");

  public ExecutorConfig {
    peers = List.copyOf(peers);
  }

  /** A network address. */
  public record HostPort(String host, int port) {
    /** Reads {@code host:port} or {@code [v6]:port}. */
    static Optional<HostPort> parse(String text) {
      int colon = text.lastIndexOf(':');
      if (colon < 1 || !text.substring(colon + 1).matches("\\d{1,5}")) {
        return Optional.empty();
      }
      int port = Integer.parseInt(text.substring(colon + 1));
      String host = text.substring(0, colon);
      if (host.startsWith("[") && host.endsWith("]")) {
        host = host.substring(1, host.length() - 1);
      } else if (host.contains(":")) {
        return Optional.empty();
      }
      return port > 65535 || host.isBlank()
          ? Optional.empty()
          : Optional.of(new HostPort(host, port));
    }

    @Override
    public String toString() {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /** Reads {@code file}; INVALID_CONFIGURATION names the file, the key and what it should hold. */
  public static ExecutorConfig read(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw invalid(file, "it can't be read (" + e.getClass().getSimpleName() + ")", e);
    }
    String name = file.getFileName().toString();
    Map<String, String> values =
        name.endsWith(".yaml") || name.endsWith(".yml") ? yaml(file, text) : properties(file, text);
    return new Reader(file, values).config();
  }

  private static Map<String, String> yaml(Path file, String text) {
    try {
      Map<String, Object> tree =
          new YAMLMapper().readValue(text, new TypeReference<Map<String, Object>>() {});
      Map<String, String> values = new TreeMap<>();
      if (tree == null) {
        return values;
      }
      tree.forEach(
          (key, value) ->
              values.put(
                  key,
                  value instanceof List<?> list
                      ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
                      : String.valueOf(value)));
      return values;
    } catch (JsonProcessingException e) {
      throw invalid(file, "it is not YAML with keys and values: " + e.getOriginalMessage(), e);
    }
  }

  private static Map<String, String> properties(Path file, String text) {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(text));
    } catch (IOException | IllegalArgumentException e) {
      throw invalid(file, "it is not a properties file: " + e.getMessage(), e);
    }
    Map<String, String> values = new TreeMap<>();
    properties.stringPropertyNames().forEach(k -> values.put(k, properties.getProperty(k)));
    return values;
  }

  private static TrefoilException invalid(Path file, String reason, Throwable cause) {
    return new TrefoilException(
        Condition.INVALID_CONFIGURATION, "Cannot read " + file + ": " + reason, cause);
  }

  /** Turns checked text values into settings. */
  private static final class Reader {
    private final Path file;
    private final Map<String, String> values;

    Reader(Path file, Map<String, String> values) {
      this.file = file;
      this.values = values;
    }

    ExecutorConfig config() {
      for (String key : values.keySet()) {
        if (!KEYS.contains(key)) {
          throw invalid(
              file,
              "there is no key \""
                  + key
                  + "\". Did you mean \""
                  + Nearest.to(key, KEYS).orElseThrow()
                  + "\"?",
              null);
        }
      }
      String mode = values.getOrDefault("mode", "design");
      if (!mode.equals("design") && !mode.equals("authorized")) {
        throw invalid(file, "mode is \"" + mode + "\". Write design or authorized", null);
      }
      int party = (int) number("party", null, 0, 2);
      List<HostPort> peers =
          Arrays.stream(required("peers").split(","))
              .map(peer -> address("peers", peer.trim()))
              .toList();
      if (peers.size() != 3) {
        throw invalid(
            file,
            "peers lists "
                + peers.size()
                + " addresses. List all three executors, this one included, in the order of"
                + " parties",
            null);
      }
      Path identity = path("identity");
      Limits limits = Limits.DEFAULT;
      Timeouts timeouts = Timeouts.DEFAULT;
      return new ExecutorConfig(
          party,
          address("listen", required("listen")),
          values.containsKey("peer-listen")
              ? address("peer-listen", values.get("peer-listen"))
              : peers.get(party),
          Optional.ofNullable(values.get("metrics-listen"))
              .map(Reader::onLoopback)
              .map(at -> address("metrics-listen", at)),
          peers,
          identity,
          new Limits(
              (int) number("max-queries", (long) limits.queries(), 1, 1000),
              number("max-rows", limits.rows(), 1, Integer.MAX_VALUE),
              number("max-upload-mib", limits.uploadBytes() >> 20, 1, 1 << 24) << 20,
              (int) number("threads", (long) limits.threads(), 1, PeerLinks.MOST_THREADS)),
          new Timeouts(
              duration("peer-timeout", timeouts.peer()),
              duration("owner-timeout", timeouts.owner()),
              duration("inputs-timeout", timeouts.inputs()),
              duration("result-timeout", timeouts.result()),
              duration("ticket-lifetime", timeouts.ticket())),
          authorized(mode));
    }

    /** A port alone is one of the loopback address: figures are for this machine's Prometheus. */
    private static String onLoopback(String at) {
      return at.strip().matches("\\d+") ? "127.0.0.1:" + at.strip() : at;
    }

    /** The files must be named in authorized mode, and in design mode they would mislead. */
    private Optional<AuthorizedMode> authorized(String mode) {
      if (mode.equals("authorized")) {
        return Optional.of(new AuthorizedMode(path("roster"), path("signing-key"), path("ledger")));
      }
      for (String key : List.of("roster", "signing-key", "ledger")) {
        if (values.containsKey(key)) {
          throw invalid(
              file,
              "\"" + key + "\" has no meaning in mode design. Set mode: authorized, or remove it",
              null);
        }
      }
      return Optional.empty();
    }

    private Path path(String key) {
      return file.toAbsolutePath().getParent().resolve(required(key)).normalize();
    }

    private String required(String key) {
      String value = values.get(key);
      if (value == null || value.isBlank()) {
        throw invalid(file, "key \"" + key + "\" is missing. Add it", null);
      }
      return value.trim();
    }

    private long number(String key, Long absent, long least, long greatest) {
      String text = values.get(key);
      if (text == null && absent != null) {
        return absent;
      }
      text = required(key);
      if (!text.matches("\\d{1,18}")
          || Long.parseLong(text) < least
          || Long.parseLong(text) > greatest) {
        throw invalid(
            file,
            key + " is \"" + text + "\". Use a whole number from " + least + " to " + greatest,
            null);
      }
      return Long.parseLong(text);
    }

    private HostPort address(String key, String text) {
      return HostPort.parse(text)
          .orElseThrow(
              () ->
                  invalid(
                      file, key + " holds \"" + text + "\". Write addresses as host:port", null));
    }

    private Duration duration(String key, Duration absent) {
      if (!values.containsKey(key)) {
        return absent;
      }
      Matcher m = DURATION.matcher(required(key));
      if (!m.matches() || Long.parseLong(m.group(1)) == 0) {
        throw invalid(
            file, key + " is \"" + values.get(key) + "\". Write 500ms, 30s, 10min or 1h", null);
      }
      long n = Long.parseLong(m.group(1));
      return switch (m.group(2)) {
        case "ms" -> Duration.ofMillis(n);
        case "s" -> Duration.ofSeconds(n);
        case "min" -> Duration.ofMinutes(n);
        default -> Duration.ofHours(n);
      };
    }
  }
}
