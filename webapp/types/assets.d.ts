// What features share is imported by its address beside their own: "../_shared/microphone/onstage.js".
declare module "*/_shared/microphone/onstage.js" {
  export * from "shared/onstage.js";
}
