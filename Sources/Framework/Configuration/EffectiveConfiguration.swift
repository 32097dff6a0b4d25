extension Configuration {
  /// The configuration with every default filled in, as a file that can be loaded: keys in their declared order,
  /// variables replaced, options without a value left out.
  ///
  /// Loading it gives this configuration again; only a `Secret` that was written out in the file is lost.
  public var effectiveText: String { encoded.prettyPrinted }
}
