public import ArbdFramework

public struct WebhookOptions: PluginOptions {
  public var url = Secret("")
  public var headers: [String: Secret] = [:]
  public var secret: Secret?
  public var signatureHeader = "X-Arbd-Signature"
  public var template: [String: String]?
  public var certificateFile: String?

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required("url", \.url, "Where to post; a secret, since such addresses often hold a key."),
    .optional("headers", \.headers, "Further headers of each request, such as Authorization."),
    .optional(
      "secret", \.secret, "Key of the signature: HMAC-SHA256 over the body, in hexadecimal behind sha256=."),
    .optional("signature_header", \.signatureHeader, "Where the signature stands, if there is a key.", .nonEmpty),
    .optional(
      "template", \.template,
      "The body's members in place of the alert's own; {route}, {net_bps} and so on stand for what the alert says.",
      .nonEmpty),
    .optional(
      "ca_file", \.certificateFile, "Certificates (PEM) to trust in place of the system's.", .named("path"), .nonEmpty),
  ]
}
