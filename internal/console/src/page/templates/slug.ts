/** Names that are not their slug's words, each with a capital. */
const names: Record<string, string> = {
  // Categories, as the API names them.
  crm: "CRM", hr: "HR", rag: "Knowledge and RAG", ecommerce: "E-commerce", devops: "DevOps", social: "Social media", "ai-agents": "AI agents",
  "data-sync": "Data sync", projects: "Projects and tasks", forms: "Forms and surveys", "real-estate": "Real estate",
  // Services, as they write themselves.
  coingecko: "CoinGecko", github: "GitHub", haveibeenpwned: "Have I Been Pwned", hubspot: "HubSpot", "ip-api": "ip-api", linkedin: "LinkedIn", mysql: "MySQL",
  "open-meteo": "Open-Meteo", openai: "OpenAI", openweathermap: "OpenWeatherMap", paypal: "PayPal", postgres: "PostgreSQL", rss: "RSS", sendgrid: "SendGrid",
  serpapi: "SerpApi", toolwikipedia: "Wikipedia as a tool", vies: "VIES", virustotal: "VirusTotal", whatsapp: "WhatsApp", woocommerce: "WooCommerce", wordpress: "WordPress", youtube: "YouTube",
};

/** nameOfSlug is a slug for people: `Google Sheets`. */
export function nameOfSlug(slug: string): string {
  return names[slug] ?? slug.split("-").map((word) => word.replace(/^./, (c) => c.toUpperCase())).join(" ");
}
